// A form whose session has ended is not lost: after its sender has signed in again, it is there with what was typed.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { createSeal } from '../../src/seal.ts'
import { role, session } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { link, redirectTarget } from '../support/page-content.ts'
import { type Fields, forms, text, type Visitor } from '../support/pages.ts'
import { addAdministrator, signInOnPage, unique } from './administrators.ts'
import { formState } from './form-targets.ts'
import { openWindow } from './web-sessions.ts'

const HOUR = 3_600_000
const SECRET = 'a password that was typed'

const { app, db, config } = await build(t)
const seal = createSeal(config.secretKey, 'kept forms')
const user = await addAdministrator(db, ['user'])

t.test(
  'after a new sign-in, the form has what was typed, changes nothing by itself, and has no secret [F7, C9]',
  async (t) => {
    const account = await addAdministrator(db)
    const browser = await signInOnPage(app, account)
    const roles = `/users/${user.id}/roles`
    for (const [page, action, typed] of [
      ['/roles', '/roles', { name: unique('role') }],
      ['/users/new', '/users/new', { username: unique('anna'), roles: ['auditor', 'user'] }],
      [`/users/${user.id}`, roles, { roles: ['auditor', 'user'] }],
      [`/users/${user.id}`, roles, { roles: [] }]
    ] as [page: string, action: string, typed: Fields][]) {
      const form = await browser.form(page, action)
      await timeOut(account)
      const before = await formState(db)
      const signIn = await sendLate(browser, action, { ...form.fields, ...typed, new_password: SECRET })
      t.match(text(signIn.payload), 'Your session has ended, so your change was not made. Sign in, and the form shows')
      t.notMatch(signIn.payload, SECRET)
      const fields: Fields = forms(signIn.payload)[0]?.fields ?? {}
      const carried = seal.open(String(fields.kept), `form of account ${account.id}`) ?? ''
      t.match(carried, `"page":"${page}"`)
      for (const secret of [SECRET, String(form.fields._csrf)])
        t.notOk(carried.includes(secret), 'no secret is carried')
      const wrong = await browser.send('POST', '/login', { ...fields, username: account.username, password: 'wrong' })
      t.equal(wrong.statusCode, 401, 'a wrong password does not lose it')
      const again = forms(wrong.payload)[0]?.fields ?? {}
      const entered = await browser.send('POST', '/login', { ...again, ...credentials(account) })
      t.equal(redirectTarget(entered), page)
      const shown = await browser.get(page)
      const filled = forms(shown.payload).find((one) => one.action === action && one.method === 'post')?.fields ?? {}
      for (const [name, value] of Object.entries(typed))
        t.strictSame([filled[name] ?? []].flat(), value.length ? [value].flat() : [])
      t.not(filled._csrf, form.fields._csrf)
      t.match(text(shown.payload), 'You are signed in again. Nothing was changed yet: check the form, and send it.')
      t.notMatch(shown.payload, SECRET)
      const after = await formState(db)
      t.strictSame(after.slice(1, -1), before.slice(1, -1), 'signing in has changed nothing else')
      const later = forms((await browser.get(page)).payload).find((one) => one.action === action)?.fields ?? {}
      t.notSame(later[Object.keys(typed)[0] ?? ''] ?? [], Object.values(typed)[0], 'it is shown once')
    }
  }
)

t.test('a form is kept for its own account, in its own browser, and up to a limit only [F7, F19]', async (t) => {
  const [account, other] = [await addAdministrator(db), await addAdministrator(db)]
  const typed = unique('role')
  const browser = await signInOnPage(app, account)
  const { fields } = await browser.form('/roles', '/roles')
  await timeOut(account)

  const kept = await sendLate(openWindow(browser, app), '/roles', { ...fields, name: typed })
  const sealed = String(forms(kept.payload)[0]?.fields.kept)
  t.notOk(kept.payload.includes(typed), 'the sign-in page does not show it')
  for (const [name, visitor, value] of [
    ['another account', other, sealed],
    ['garbage', account, 'garbage'],
    ['a changed text', account, `${sealed.slice(0, -4)}AAAA`]
  ] as const) {
    const window = openWindow(browser, app)
    const login = (await window.form('/login', '/login')).fields
    const entered = await window.send('POST', '/login', {
      ...login,
      ...credentials(visitor),
      kept: value,
      next: '/roles'
    })
    t.equal(redirectTarget(entered), '/roles', name)
    t.notOk((await window.get('/roles')).payload.includes(typed), name)
  }

  const long = await sendLate(openWindow(browser, app), '/roles', { ...fields, name: 'x'.repeat(5000) })
  t.equal(forms(long.payload)[0]?.fields.kept, undefined, 'a long text is not kept')
  t.match(text(long.payload), 'so your change was not made. Sign in and try again.')
  t.equal(forms(long.payload)[0]?.fields.next, '/roles', 'but the page is')

  const forged = [
    ['no token', openWindow(browser, app), {}],
    ['a changed token', openWindow(browser, app), { ...fields, _csrf: `x${fields._csrf}` }],
    ['another account', openWindow(browser, app), { _csrf: String(fields._csrf).replace(/\.\d+\./, `.${other.id}.`) }],
    ['another browser', await signInOnPage(app, account), fields]
  ] as [string, Visitor, Fields][]
  for (const [name, window, sent] of forged) {
    const response = await window.send('POST', '/login/resume?form=%2Froles', { ...sent, name: typed })
    t.equal(redirectTarget(response), '/login?ended', name)
  }
  for (const hostile of ['//evil.test', 'https://evil.test/', '/\\evil.test', 'javascript:alert(1)']) {
    const url = `/login/resume?form=${encodeURIComponent(hostile)}`
    const response = await openWindow(browser, app).send('POST', url, { ...fields, name: typed, next: hostile })
    t.equal(forms(response.payload)[0]?.fields.next, '/', hostile)
  }
  t.equal(await db.$count(role, eq(role.name, typed)), 0)
})

t.test(
  'a second tab, opened before a new sign-in, is told which page to open, and finds its text there [F7]',
  async (t) => {
    const [account, other] = [await addAdministrator(db), await addAdministrator(db)]
    const typed = unique('role')
    for (const [name, next, isKept] of [
      ['the same account', account, true],
      ['another account', other, false]
    ] as const) {
      const browser = await signInOnPage(app, account)
      const { fields } = await browser.form('/roles', '/roles')
      await timeOut(account)
      await browser.signIn(next)
      const refused = await browser.send('POST', '/roles', { ...fields, name: typed })
      t.equal(refused.statusCode, 403, name)
      t.equal(link(refused.payload, 'Open the page again'), '/roles')
      t.equal(/What you typed is kept/.test(refused.payload), isKept, name)
      const filled = forms((await browser.get('/roles')).payload).find(({ action }) => action === '/roles')?.fields
      t.equal(filled?.name, isKept ? typed : '', name)
    }
    t.equal(await db.$count(role, eq(role.name, typed)), 0)
  }
)

/** Sends a form and follows the redirect with which a browser sends it again. Returns the sign-in page. */
async function sendLate(browser: Visitor, action: string, fields: Fields) {
  const late = await browser.send('POST', action, fields)
  const to = String(late.headers.location)
  if (late.statusCode !== 307) throw new Error(`${late.statusCode} ${to}`)
  return await browser.send('POST', to, fields)
}

function credentials({ username, password }: { username: string; password: string }) {
  return { username, password }
}

async function timeOut({ id }: { id: number }): Promise<void> {
  await db
    .update(session)
    .set({ last_used: fromNow(-HOUR) })
    .where(eq(session.user_id, id))
}
