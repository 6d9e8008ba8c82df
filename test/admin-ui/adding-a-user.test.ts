// The form that adds a user: with a generated password, with a chosen one, and twice at the same moment.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { user } from '../../src/tables/account.ts'
import { build, buildOn, signInAs } from '../support/app.ts'
import { addUser, addUserForm, fieldErrors, shownPassword } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, openAs, openAsAdministrator } from './inserted-accounts.ts'

t.test('a user without a chosen password gets a generated one, which is shown once', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const admin = await openAsAdministrator(server)

  const added = await addUser(admin, { username: ' Anna ', roles: ['user'] })
  t.equal(added.statusCode, 302)
  const page = String(added.headers.location)
  const [anna] = await db.select().from(user).where(eq(user.username, 'anna'))
  t.equal(page, `/users/${anna?.id}`)

  const shown = (await admin.get(page)).payload
  t.match(text(shown), 'anna was added, with this password:')
  const generated = shownPassword(shown) ?? ''
  t.match(generated, /^[a-zA-Z2-9]{20}$/)
  const again = (await admin.get(page)).payload
  t.notMatch(again, generated, 'the page shows the password once')
  t.notMatch(text(again), 'was added')
  t.notMatch(server.log(), generated, 'the log does not contain the password')

  const caller = await signInAs(app, { id: anna?.id ?? 0, username: 'anna', password: generated })
  t.equal((await caller.get('/api/sample/')).statusCode, 200, 'the user logs in to the API and has the role')
})

t.test('a chosen password works exactly as typed, and is not shown', async (t) => {
  const server = await build(t)
  const { app } = server
  const admin = await openAsAdministrator(server)

  const typed = 'seven  quiet lakes '
  const added = await addUser(admin, { username: 'Berta', password: typed })
  t.equal(added.statusCode, 302)
  const page = (await admin.get(String(added.headers.location))).payload
  t.match(text(page), 'berta was added.')
  t.equal(shownPassword(page), undefined)
  t.notMatch(page, typed)
  t.notMatch(server.log(), typed, 'the log does not contain the password')

  const caller = await signInAs(app, { id: 0, username: 'berta', password: typed })
  t.equal((await caller.get('/api/sample/')).statusCode, 403, 'a user without a role may call nothing')
})

t.test('if the same user is added twice at once, one form succeeds and the other shows an error [F14]', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  const { id } = await insertAccount(one, 'grace', 'admin')
  const [first, second] = [await openAs(one, id), await openAs(other, id)]
  for (const [round, browsers] of [
    [first, first], // a double click
    [first, second],
    [first, second],
    [first, second],
    [second, first]
  ].entries()) {
    const spellings = [`twin ${round}`, `ＴWIN ${round} `]
    const filledIn = []
    for (const [index, browser] of browsers.entries()) {
      const { fields } = await addUserForm(browser)
      filledIn.push({ browser, fields: { ...fields, username: spellings[index] ?? '', password: 'seven quiet lakes' } })
    }
    const responses = await Promise.all(
      filledIn.map(({ browser, fields }) => browser.send('POST', '/users/new', fields))
    )
    t.strictSame(responses.map(({ statusCode }) => statusCode).sort(), [302, 409], `round ${round}`)
    const refused = responses.find(({ statusCode }) => statusCode === 409)
    t.match(fieldErrors(refused?.payload ?? ''), { username: 'User already exists' })
    const rows = await one.db
      .select()
      .from(user)
      .where(eq(user.username, `twin ${round}`))
    t.equal(rows.length, 1, 'one row')
  }
})
