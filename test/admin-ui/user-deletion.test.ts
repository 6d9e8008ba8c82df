// Deleting a user: the question before it, what is deleted, and what stays.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { access_log } from '../../src/tables/access-log.ts'
import { refresh_token, session, user_role } from '../../src/tables/account.ts'
import { build, signInAs, withToken } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { addUser, redirectTarget } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { ticket } from '../support/ticket/table.ts'
import { insertAccount, openAs, openAsAdministrator, PASSWORD } from './inserted-accounts.ts'

t.test('a page asks before a user is deleted, and the id is never used again', async (t) => {
  const server = await build(t)
  const { app, accounts } = server
  const names = async () => (await accounts.list()).map(({ username }) => username)
  const admin = await openAsAdministrator(server)
  await insertAccount(server, 'berta')
  const anna = await insertAccount(server, 'anna', 'user')
  const page = `/users/${anna.id}`

  t.match((await admin.get(page)).payload, `href="${page}/delete"`)
  const question = await admin.get(`${page}/delete`)
  t.match(text(question.payload), 'Delete anna?')
  t.match(question.payload, `href="${page}"`, 'the question links back to the user')
  t.equal((await names()).length, 3, 'the question deletes nobody')

  t.equal(redirectTarget(await admin.submit(`${page}/delete`, `${page}/delete`)), '/')
  t.match(text((await admin.get('/')).payload), 'anna was deleted.')
  t.strictSame(await names(), ['berta', 'grace'])
  t.equal((await admin.get(page)).statusCode, 404)
  t.equal(await loginStatus(app, 'anna', PASSWORD), 401)
  const successor = await addUser(admin, { username: 'anna' })
  t.equal(successor.statusCode, 302)
  t.not(successor.headers.location, page, 'a new user of this name gets another id')
})

t.test(
  'tokens, roles and sessions are deleted; the access log keeps the rows and the name [F20, C9, E11]',
  async (t) => {
    const server = await build(t)
    const { app, db } = server
    const admin = await openAsAdministrator(server)
    const anna = await insertAccount(server, 'anna', 'user', 'admin')
    const caller = await signInAs(app, anna)
    const rotated = await withToken(app, 'POST', '/api/auth/refresh', caller.refresh_token)
    t.equal(rotated.statusCode, 200)
    t.equal((await caller.get('/api/sample/')).statusCode, 200)
    const browser = await openAs(server, anna.id)
    t.equal((await browser.get('/')).statusCode, 200)
    const logRowsOfAnna = () =>
      db.select().from(access_log).where(eq(access_log.username, 'anna')).orderBy(access_log.id)
    const before = await logRowsOfAnna()
    t.ok(before.length >= 4)

    const page = `/users/${anna.id}/delete`
    t.equal(redirectTarget(await admin.submit(page, page)), '/')
    for (const [name, left] of Object.entries({
      tokens: await db.select().from(refresh_token).where(eq(refresh_token.user_id, anna.id)),
      roles: await db.select().from(user_role).where(eq(user_role.user_id, anna.id)),
      sessions: await db.select().from(session).where(eq(session.user_id, anna.id))
    })) {
      t.strictSame(left, [], name)
    }
    t.strictSame(await logRowsOfAnna(), before, 'the log is unchanged')
    t.equal((await caller.get('/api/sample/')).statusCode, 401)
    t.equal((await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).statusCode, 401)
    t.equal(redirectTarget(await browser.get('/')), '/login')
  }
)

t.test('a user whose id records of a resource hold is not deleted, and the page says why', async (t) => {
  const server = await build(t)
  const { db, accounts, app } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  await db.insert(ticket).values({ title: 'Lamp', contact: 'ada@example.org', author_id: anna.id })
  const page = `/users/${anna.id}/delete`
  const refused = await admin.submit(page, page)
  t.equal(refused.statusCode, 409)
  t.match(text(refused.payload), 'Other records refer to this one')
  t.equal((await accounts.find(anna.id)).username, 'anna')
  t.equal(await loginStatus(app, 'anna', PASSWORD), 200, 'nothing was deleted')
})
