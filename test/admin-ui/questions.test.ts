// Pages that ask before a big change. They say in words what will happen, and nothing happens until they are answered.

import t from 'tap'
import { build, signInAs } from '../support/app.ts'
import { tokenStatuses } from '../support/listed-tokens.ts'
import { confirm, redirectTarget } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { insertAccount, openAs, openAsAdministrator } from './inserted-accounts.ts'

const server = await build(t)
const { app, accounts } = server
const admin = await openAsAdministrator(server)

t.test('each question says how many devices will be signed out, and asking changes nothing', async (t) => {
  const anna = await insertAccount(server, 'anna', 'admin', 'user')
  const caller = await signInAs(app, anna)
  await signInAs(app, anna)
  const browser = await openAs(server, anna.id)
  const page = `/users/${anna.id}`
  const devices = '3 devices are signed out at once: 2 programs with API tokens and 1 browser with a web session.'
  for (const [path, question, button] of [
    ['disable', 'Disable anna?', 'Disable anna'],
    ['delete', 'Delete anna?', 'Delete anna'],
    ['password/generate', 'Generate a new password for anna?', 'Generate a password'],
    ['sign-out', 'Sign anna out everywhere?', 'Sign out anna everywhere']
  ] as const) {
    t.match((await admin.get(page)).payload, `href="${page}/${path}"`)
    const shown = await admin.get(`${page}/${path}`)
    for (const words of [question, devices]) t.match(text(shown.payload), words)
    t.equal(forms(shown.payload).find(({ action }) => action === `${page}/${path}`)?.button, button)
    t.match(shown.payload, `<a class="button" href="${page}">Cancel</a>`)
  }
  t.strictSame(await tokenStatuses(app, caller), [200])
  t.equal((await browser.get('/')).statusCode, 200)

  const signOut = `${page}/sign-out`
  t.equal(redirectTarget(await admin.submit(signOut, signOut)), `${page}#devices-notice`)
  t.strictSame(await tokenStatuses(app, caller), [401])
  t.equal(redirectTarget(await browser.get('/')), '/login')
  const after = await admin.get(page)
  t.match(
    after.payload,
    /<div id="devices-notice" class="notice" role="status" tabindex="-1">\s*<p>anna is signed out everywhere/
  )
  t.notMatch(after.payload, signOut, 'there is nobody left to sign out')
  t.match(text((await admin.get(signOut)).payload), 'No device is signed in now.')

  t.equal(redirectTarget(await admin.submit(page, `${page}/tokens/unblock`)), `${page}#devices-notice`)
  t.strictSame(await tokenStatuses(app, caller), [200], '"Unblock all" undoes it')
  t.notMatch((await admin.get(page)).payload, `${page}/tokens/unblock`)
})

t.test('the role admin is given only after a question', async (t) => {
  const berta = await insertAccount(server, 'berta', 'user')
  const page = `/users/${berta.id}`
  const asked = await admin.submit(page, `${page}/roles`, { roles: ['admin', 'user'] })
  t.equal(asked.statusCode, 200)
  t.match(text(asked.payload), 'Give berta the role admin? berta will be able to do everything on these pages')
  t.strictSame((await accounts.find(berta.id)).roles, ['user'])
  t.equal((await confirm(admin, asked)).statusCode, 302)
  t.strictSame((await accounts.find(berta.id)).roles, ['admin', 'user'])
  const removed = await admin.submit(page, `${page}/roles`, { roles: ['user'] })
  t.equal(removed.statusCode, 302, 'taking it from somebody else needs none')
})

t.test('whoever gives up their own role admin is warned first, and told afterwards [F11]', async (t) => {
  for (const [name, left, start, words] of [
    ['dora', ['user'], '/login?role-removed', /You have removed your own role admin, and are signed out/],
    ['emma', ['auditor'], '/activity', /You have given up your own role admin/]
  ] as const) {
    const own = await insertAccount(server, name, 'admin')
    const browser = await openAs(server, own.id)
    const page = `/users/${own.id}`
    const asked = await browser.submit(page, `${page}/roles`, { roles: [...left] })
    t.match(text(asked.payload), 'Give up your own role admin?')
    t.match(text(asked.payload), 'only another administrator can give the role back')
    t.strictSame((await accounts.find(own.id)).roles, ['admin'])
    const done = await confirm(browser, asked)
    t.equal(redirectTarget(done), start)
    t.strictSame((await accounts.find(own.id)).roles, left)
    t.match(text((await browser.get(start)).payload), words)
  }
})
