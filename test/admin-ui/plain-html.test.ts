// The pages are plain HTML: no script, a button for every form, and password fields that password managers can fill.

import t, { type Test } from 'tap'
import { build } from '../support/app.ts'
import { forms, visitor } from '../support/pages.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { addTarget } from './form-targets.ts'
import { BROWSER } from './page-checks.ts'

const TYPED = 'wrong and far too well known'

const { app, db } = await build(t)
const account = await addAdministrator(db)
const target = await addTarget(app)

/** The password fields of each page, with their autocomplete. */
const PASSWORD_FIELDS: Record<string, Record<string, string>> = {
  '/login': { password: 'current-password' },
  '/users/new': { password: 'new-password' },
  '/users/:id': { password: 'new-password' },
  '/account': {
    old_password: 'current-password',
    new_password: 'new-password',
    repeated_password: 'new-password'
  }
}

/** A form of each page that is rejected and shown again. */
const REJECTED: Record<string, [action: string, fields: Record<string, string>]> = {
  '/login': ['/login', { username: account.username, password: TYPED }],
  '/users/new': ['/users/new', { username: '', password: TYPED }],
  '/users/:id': ['/users/:id/password', { password: `${TYPED}\0` }],
  '/account': ['/account/password', { old_password: TYPED, new_password: TYPED, repeated_password: TYPED }],
  '/roles': ['/roles', { name: '' }]
}

t.test('no page needs a script, and passwords can be pasted and filled in [F25]', async (t) => {
  const admin = await signInOnPage(app, account, BROWSER)
  const { _csrf = '' } = (await admin.form('/', '/logout')).fields
  for (const path of [
    '/login',
    '/',
    '/users/new',
    '/sessions',
    '/users/:id',
    '/users/:id/delete',
    '/account',
    '/roles',
    '/nowhere'
  ]) {
    const browser = path === '/login' ? visitor(app) : admin
    const shown = [await browser.get(target.url(path))]
    const [action, fields] = REJECTED[path] ?? []
    if (action) {
      const token = path === '/login' ? (await browser.form('/login', '/login')).fields._csrf : _csrf
      const response = await browser.send('POST', target.url(action), { ...fields, _csrf: token ?? '' })
      t.match(response, { statusCode: /^4/ }, `${action} is rejected`)
      shown.push(response)
    }
    for (const { payload } of shown) {
      hasNoScript(t, payload, path)
      hasUsableForms(t, payload)
      hasPasswordFields(t, payload, PASSWORD_FIELDS[path] ?? {})
    }
  }
  t.match((await visitor(app).get('/login')).payload, /name="username"[^>]*autocomplete="username"/)
})

function hasNoScript(t: Test, html: string, path: string): void {
  t.notMatch(
    html,
    /<(script|iframe|object|embed|base)|javascript:|http-equiv|<[^>]*\s(on\w+|style)=/i,
    `${path} has no script`
  )
}

function hasUsableForms(t: Test, html: string): void {
  for (const form of forms(html)) {
    t.match(form.method, /^(get|post)$/)
    t.match(form.button, /\w/, `the form for ${form.action} has a button`)
    t.equal('_csrf' in form.fields, form.method === 'post')
  }
}

/** Shows that a page has exactly these password fields, and does not repeat what was typed into them. */
function hasPasswordFields(t: Test, html: string, expected: Record<string, string>): void {
  t.notOk(html.includes(TYPED), 'a typed password is not repeated')
  const inputs = [...html.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag)
  const secrets = inputs.filter((tag) => /type="password"|name="\w*password/.test(tag))
  t.equal(secrets.length, Object.keys(expected).length)
  for (const [name, autocomplete] of Object.entries(expected)) {
    const tag = secrets.find((one) => one.includes(`name="${name}"`)) ?? ''
    t.match(tag, 'type="password"')
    t.match(tag, `autocomplete="${autocomplete}"`)
    t.notMatch(tag, /maxlength|readonly|disabled|value="[^"]/, 'a password of any length can be pasted')
  }
}
