// A session ends when nobody uses it for a while, and at the latest after some hours, by the clock of the server.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { session } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { hasEnded, openWindow, openWith, sessionCookie } from './web-sessions.ts'

type Row = typeof session.$inferSelect

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const { app, db, env } = await build(t)
const second = await buildOn(t, env)
const short = await buildOn(t, { ...env, SESSION_IDLE_EXPIRES: '5', SESSION_EXPIRES: '1' })
const instances = [app, second.app]

t.test('a session ends after 15 minutes without a request, or as many as are configured [F10]', async (t) => {
  const account = await addAdministrator(db)
  const browser = await signInOnPage(app, account)
  const { fields } = await browser.form('/roles', '/roles')
  const cookie = sessionCookie(browser)
  const opened = await rowOf(account)

  await change(account, { last_used: fromNow(-14 * MINUTE) })
  t.equal((await openWith(second.app, cookie)).statusCode, 200, 'after 14 minutes it is open')
  const used = await rowOf(account)
  t.ok(used && used.last_used > fromNow(-MINUTE), 'a request restarts the idle time')
  t.equal(used?.expiry, opened?.expiry, 'a request does not change the latest end')

  const late = fromNow(-6 * MINUTE)
  await change(account, { last_used: late })
  t.equal((await openWith(short.app, cookie)).statusCode, 302, 'a server set to 5 minutes rejects it after 6')
  t.equal((await rowOf(account))?.last_used, late, 'the rejected request does not restart the idle time')
  t.equal((await openWith(app, cookie)).statusCode, 200)
  t.equal((await openWith(short.app, cookie)).statusCode, 200)

  await change(account, { last_used: fromNow(-15 * MINUTE - 1000) })
  const roles = await roleNames()
  const posted = await openWindow(browser, app).send('POST', '/roles', { ...fields, name: 'too-late' })
  t.match(posted, { statusCode: 307, headers: { location: '/login/resume' } })
  t.strictSame(await roleNames(), roles, 'a form that comes too late changes nothing')
  await hasEnded(t, instances, cookie, 'an idle session')
  await hasEnded(t, instances, cookie, 'an idle session, asked again,')
})

t.test('a session ends after 8 hours at the latest, or as many as are configured [F10]', async (t) => {
  const account = await addAdministrator(db)
  await signInOnPage(app, account)
  t.equal(hoursOf(await rowOf(account)), 8, 'the default is eight hours')

  const other = await addAdministrator(db)
  const cookie = sessionCookie(await signInOnPage(short.app, other))
  t.equal(hoursOf(await rowOf(other)), 1, 'the configured limit is one hour')
  await change(other, { created: fromNow(-HOUR), last_used: fromNow(), expiry: fromNow(MINUTE) })
  t.equal((await openWith(app, cookie)).statusCode, 200, 'it is open until the last minute')
  await change(other, { created: fromNow(-HOUR), last_used: fromNow(), expiry: fromNow(-1) })
  await hasEnded(t, instances, cookie, 'a session past its limit, even one that was just used,')
})

async function rowOf({ id }: { id: number }): Promise<Row | undefined> {
  const [row] = await db.select().from(session).where(eq(session.user_id, id))
  return row
}

async function change({ id }: { id: number }, values: Partial<Row>): Promise<void> {
  await db.update(session).set(values).where(eq(session.user_id, id))
}

async function roleNames() {
  return (await db.query.role.findMany()).map(({ name }) => name).sort()
}

function hoursOf(row: Row | undefined): number {
  return Math.round((Date.parse(row?.expiry ?? '') - Date.parse(row?.created ?? '')) / HOUR)
}
