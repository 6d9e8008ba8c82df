// The files that the command writes are those that one would write by hand. The tests of copies show that they work.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { registered } from '../../scripts/new/project.ts'
import type { Request } from '../../scripts/new/resource.ts'
import { generated, ROOT, requested } from '../support/generated.ts'

type Arguments = [fields: string, options: Partial<Request>]

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

t.test('the files are those of the resources that are written by hand', async (t) => {
  const ticket: Arguments = [
    'title:text(200) status:choice(open|started|closed):default(open) priority:integer(1..5):default(3) effort:real(0..)? ' +
      'contact:email link:url? about:ref(sample,nested)? parent:ref(ticket)? author:ref(user) unique(author,title) samples:many(sample)',
    { owner: 'author', all: 'dispatcher' }
  ]
  const resources: Record<string, Arguments> = {
    sample: ['name:text(100)', { subject: 'sample' }],
    ticket,
    part: [
      'sample:ref(sample) label:text(200) note:text(10000)? made_on:date? seen_at:instant amount:real count:integer? done:flag',
      { subject: 'sample' }
    ]
  }
  for (const [name, [fields, options]] of Object.entries(resources)) {
    const files = generated(name, fields, options)
    const links = name === 'ticket' ? ['ticket-samples.ts'] : []
    for (const file of ['index.ts', 'schema.ts', ...links]) {
      const text = files.get(`routes/api/${name}/${file}`) ?? ''
      t.equal(essence(text), essence(read(`test/support/${name}/${file}`)), `${name}/${file}`)
    }
    const definition = (text = '') => text.slice(text.indexOf('export const'))
    const table = definition(files.get(`src/tables/${name}.ts`))
    t.equal(table, definition(read(`test/support/${name}/table.ts`)), `${name}/table.ts`)
  }
  const pairs = generated('ticket', ...ticket).get('src/tables/ticket-sample.ts') ?? ''
  t.equal(essence(pairs), essence(read('test/support/ticket/ticket-sample.ts')))
})

t.test('the recipe for many-to-many has the code that the command writes', async (t) => {
  const path = 'docs/many-to-many.md'
  if (!existsSync(join(ROOT, path))) return // a project need not keep it
  const fields = 'destination:text(100) departs_at:instant driver:ref(user) tags:many(tag)'
  const files = generated('trip', fields, { subject: 'user' })
  for (const [, file = '', text] of read(path).matchAll(/^\*\*`([^`]+)`\*\*\n\n```ts\n(.*?)^```$/gms)) {
    t.equal(text, files.get(file), file)
  }
  t.match(files.get('test/resources/trip.test.ts'), /\bmany: \{ tags: .* \}/)
})

t.test('a resource of five fields has as many lines as the README says', async (t) => {
  const files = generated('room', 'name:text(100) beds:integer opened_on:date? cleaned_at:instant? keeper:ref(user)?')
  const lines = (text: string) => text.split('\n').length - 1
  const tests = lines(files.get('test/resources/room.test.ts') ?? '')
  const all = [...files.values()].reduce((sum, text) => sum + lines(text), 0)
  const changed = [...registered(requested({}))].map(([path, text]) => lines(text) - lines(read(path)))
  const added = changed.reduce((sum, count) => sum + count)
  t.ok(tests <= 35, 'the test holds data only')
  // A README of one's own need not say it.
  const [said] = /\d+ lines in \d+ files .*? others/.exec(read('README.md').replace(/\s+/g, ' ')) ?? []
  const counted = `${all} lines in ${files.size} files (${tests} of them tests), and adds ${added} lines to ${changed.length} others`
  if (said !== undefined) t.equal(said, counted)
})

t.test('a name of several words has the right form in every place', async (t) => {
  const files = generated('lab-entry', 'name:text(12345)')
  t.match(files.get('src/tables/lab-entry.ts'), "export const labEntry = table('lab_entry', {")
  const routes = files.get('routes/api/lab-entry/index.ts')
  for (const piece of [
    "labEntry, 'Lab entry')",
    'return { lab_entries: labEntries, ...position }',
    "'Lab entry deleted'",
    '`/api/lab-entry/$'
  ]) {
    t.match(routes, piece)
  }
  const schema = files.get('routes/api/lab-entry/schema.ts')
  t.match(schema, 'LabEntryBody = Strict({ name: Text(12_345, 1) }')
  t.match(schema, "title: 'LabEntry'", 'names in the document have no spaces')
})

t.test('a name that contains the name of the resource that is copied stays whole', async (t) => {
  const files = generated('part-sample', 'part:text(1) parts:integer sample:ref(sample)')
  const routes = files.get('routes/api/part-sample/index.ts') ?? ''
  t.match(routes, 'return { part_samples: partSamples, ...position }')
  t.match(routes, '`/api/part-sample/$')
  t.match(routes, "sort: ['part', 'parts']")
  t.notMatch(routes.replaceAll('part-sample', '').replace(/^\/\/.*|(ranges|sort): .*/gm, ''), /\bparts?\b/)
  t.match(files.get('src/tables/part-sample.ts'), /part: text\(\)\.notNull\(\),\n *parts: integer\(\)\.notNull\(\),\n/)
})

t.test('the plural is the usual one, or the one that is given', async (t) => {
  const plurals = { story: 'stories', box: 'boxes', day: 'days', branch: 'branches', study: 'studies' }
  for (const [name, plural] of Object.entries(plurals)) t.equal(requested({ name }).plugin, plural)
  t.equal(requested({ name: 'person', plural: 'people' }).list, 'people')
})

/** Returns a file without its first comment, its example and where its tables come from: the rest must be the same. */
function essence(text: string): string {
  return text
    .replace(/^\/\/.*\n\n/, '')
    .replace(/^const example = .*?\n(?=\n)/ms, '')
    .replace(/^import .* from '.*\/(tables?\/[\w-]+|table|ticket|sample|ticket-sample|columns)\.ts'\n/gm, '')
}
