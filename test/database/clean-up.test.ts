// The clean-up deletes expired rows in batches, and nothing else, however many instances run it.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { cleanUp } from '../../plugins/scheduler/clean-up.ts'
import { loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/database/open.ts'
import { fromNow } from '../../src/instants.ts'
import { login_failure, refresh_token, session } from '../../src/tables/account.ts'
import { build, withToken } from '../support/app.ts'

const ORIGIN = { address: '127.0.0.1', user_agent: 'a test' }
const DAY = 86_400_000

t.test('expired rows are deleted in batches; a spent token stays until its family expires [K1, K2, K6]', async (t) => {
  const { app, db, signIn } = await build(t)
  const caller = await signIn('user')
  const jti = claim(caller.refresh_token, 'jti')
  await app.tokens.rotate(jti, ORIGIN)
  await db.delete(login_failure) // those that signing in has counted
  const old = (key: string) => ({ key, failures: 1, expiry: fromNow(-1000) })
  await db.insert(login_failure).values(Array.from({ length: 2500 }, (_, index) => old(`old-${index}`)))
  await db.insert(login_failure).values({ key: 'fresh', failures: 1, expiry: fromNow(60_000) })
  const opened = { user_id: caller.id, credentials_version: 1, created: fromNow(), last_used: fromNow(), ...ORIGIN }
  await db.insert(session).values([
    { ...opened, id: 'old', expiry: fromNow(-1) },
    { ...opened, id: 'fresh', expiry: fromNow(60_000) }
  ])
  await db
    .update(refresh_token)
    .set({ expiry: fromNow(-DAY) })
    .where(eq(refresh_token.jti, jti))

  t.equal(await cleanUp(db), 2501)
  t.same(await db.select({ key: login_failure.key }).from(login_failure), [{ key: 'fresh' }])
  t.same(await db.select({ id: session.id }).from(session), [{ id: 'fresh' }])
  t.equal(await db.$count(refresh_token), 2, 'without the spent token its reuse could not be detected')

  await db.update(refresh_token).set({ family_expiry: fromNow(-1) })
  t.equal(await cleanUp(db), 2)
  const { statusCode } = await withToken(app, 'GET', '/api/sample/', caller.access_token)
  t.equal(statusCode, 401, 'an access token whose refresh token was deleted is rejected')
})

t.test('two instances that clean up at once delete each row once, without an error [K3, Q20]', async (t) => {
  const { db, env } = await build(t)
  const other = await openDatabase(loadConfig(env), () => {})
  t.teardown(() => other.connection.close())
  const rows = Array.from({ length: 3000 }, (_, index) => ({ key: `k${index}`, failures: 1, expiry: fromNow(-1) }))
  await db.insert(login_failure).values(rows)
  const deleted = await Promise.all([cleanUp(db), cleanUp(other)])
  t.equal((deleted[0] ?? 0) + (deleted[1] ?? 0) + (await cleanUp(db)), 3000)
  t.equal(await db.$count(login_failure), 0)
})

/** Returns a claim of a JWT, without verifying it. */
function claim(token: string, name: string): string {
  return String(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())[name])
}
