// The templates contain no text of their own: every word of the pages is in src/words, in each language.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as refusals from '../../plugins/admin-ui/refusals.ts'
import * as errors from '../../src/errors.ts'
import { de } from '../../src/words/de.ts'

const FOLDER = join(import.meta.dirname, '../../templates')
/** Units are the same in every language. */
const UNITS = ['ms']

/** The attributes that people read, and all others. */
const READ = /\s(?:title|alt|placeholder|label|aria-label|data-label)="([^"]*)"/g
const OTHERS = /\s(?!(?:title|alt|placeholder|label|aria-label|data-label)=)[a-z-]+="[^"]*"/g

t.test('text in a template is found in every place where it can be', async (t) => {
  for (const template of [
    '<p>Hello</p>',
    '<p>{{ name }}’s page</p>',
    '{% block title %}Users{% endblock %}',
    '<a title="Go back" href="/">←</a>',
    '<td data-label="Name">{{ name }}</td>',
    "{{ 'device' if count == 1 else 'devices' }}",
    "{{ button(csrf, '/logout', 'Sign out') }}"
  ])
    t.not(ownText(template).length, 0, template)
  for (const template of [
    '<p class="hint">{{ words.users.title }}</p>',
    "{# A note #}{% if state == 'locked' %}<b>×</b>{% endif %}",
    "{{ button(csrf, '/logout', words.layout.signOut, '', 'danger') }}"
  ])
    t.same(ownText(template), [], template)
})

t.test('no template has text of its own', async (t) => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.njk'))
  t.ok(names.length > 10)
  for (const name of names) t.same(ownText(readFileSync(join(FOLDER, name), 'utf8')), [], name)
})

t.test('every error that the pages can show has German words', async (t) => {
  // Only the API has tokens in a header, idempotency keys and preconditions.
  const ofApi = /^(TOKEN_(?!NOT_UNBLOCKABLE)|IDEMPOTENCY_|PRECONDITION_)/
  const unknown = de.errors.text('NO_SUCH_CODE', '')
  const codes = Object.values({ ...errors, ...refusals }).flatMap((Thrown) => {
    if (typeof Thrown !== 'function' || !(Thrown.prototype instanceof Error)) return []
    return [(Reflect.construct(Thrown, ['x']) as { code: string }).code]
  })
  t.ok(codes.length > 25)
  for (const code of [...codes, 'INTERNAL_ERROR'].filter((one) => !ofApi.test(one)))
    t.not(de.errors.text(code, ''), unknown, code)
})

/** Returns the text of a template that is neither markup nor an expression, and the literals that are words. */
function ownText(template: string): string[] {
  const code = template.replace(/\{#.*?#\}/gs, '').replace(OTHERS, '')
  const expressions = [...code.matchAll(/\{\{(.*?)\}\}|\{%-?\s*set\b(.*?)%\}/gs)].flat().filter(Boolean)
  // Sentences and names with a capital letter are words, and so is what is shown in one case or the other.
  const literals = expressions
    .flatMap((expression) => [...(expression ?? '').matchAll(/'([^']*)'(\s+if\b)?|\belse\s+'([^']*)'/g)])
    .flatMap(([, literal = '', isChoice, other = '']) =>
      /^\p{Lu}|\p{L} \p{L}/u.test(literal) || (isChoice && /^\p{L}+$/u.test(literal))
        ? [literal]
        : /^\p{L}+$/u.test(other)
          ? [other]
          : []
    )
  const markup = code.replace(/\{\{.*?\}\}|\{%.*?%\}/gs, '')
  const attributes = [...markup.matchAll(READ)].map(([, value = '']) => value)
  const texts = markup
    .replace(/&\w+;/g, ' ')
    .replace(/<[^>]*>/gs, '\n')
    .split('\n')
  return [...attributes, ...texts, ...literals]
    .map((text) => text.trim())
    .filter((text) => /\p{L}/u.test(text) && !UNITS.includes(text))
}
