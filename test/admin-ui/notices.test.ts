// A notice is stored encrypted until the next page of its session shows it, once.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { session } from '../../src/tables/account.ts'
import { build, buildOn, signInAs } from '../support/app.ts'
import { text } from '../support/pages.ts'
import { addAdministrator, signInOnPage, unique } from './administrators.ts'
import { openWindow } from './web-sessions.ts'

const { app, db, env } = await build(t)
const second = await buildOn(t, env)

t.test('a notice is stored encrypted and shown once, to its own session only', async (t) => {
  const [account, other] = [await addAdministrator(db), await addAdministrator(db)]
  const [browser, stranger] = [await signInOnPage(app, account), await signInOnPage(app, other)]
  const username = unique('new')
  const { fields } = await browser.form('/', '/logout')
  const added = await browser.send('POST', '/users/new', { ...fields, username, password: '' })
  t.equal(added.statusCode, 302)
  const sealed = await storedNotices(account)
  const stored = JSON.stringify(await db.select().from(session))

  await db.update(session).set({ data: sealed }).where(eq(session.user_id, other.id))
  const elsewhere = await stranger.get('/')
  t.equal(elsewhere.statusCode, 200)
  t.notMatch(elsewhere.payload, 'role="status"', 'copied to another session, it cannot be read')
  await db.update(session).set({ data: 'garbage' }).where(eq(session.user_id, other.id))
  t.equal((await stranger.get('/')).statusCode, 200, 'garbage in its place does no harm')

  const page = String(added.headers.location)
  await browser.send('HEAD', page) // shows nothing, so the notice must remain
  const shown = await openWindow(browser, second.app).get(page)
  const generated = /class="secret">([^<]+)</.exec(shown.payload)?.[1] ?? ''
  t.match(generated, /^\w{20}$/, 'another instance shows the password')
  t.match(text(shown.payload), `${username} was added`)
  for (const plain of [generated, username, 'was added', 'notice']) {
    for (const spelling of [plain, Buffer.from(plain).toString('base64url').slice(0, -2)]) {
      t.notOk(stored.includes(spelling), 'the table did not contain it in plain text')
    }
  }
  t.not(await storedNotices(account), sealed)
  for (const instance of [app, second.app]) {
    const again = await openWindow(browser, instance).get(page)
    t.notMatch(again.payload, /class="secret"|role="status"/, 'it is not shown again')
    t.notMatch(again.payload, generated)
  }
  t.match(await signInAs(app, { id: 0, username, password: generated }), { username }, 'the shown password works')
})

/** Returns the notices of an account's session as they are stored. */
async function storedNotices({ id }: { id: number }): Promise<string | null> {
  const [row] = await db.select().from(session).where(eq(session.user_id, id))
  return row?.data ?? null
}
