// A client can rotate its refresh token without end. The size of a family does not delay what ends it.

import { eq, inArray } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { cleanUp } from '../../plugins/scheduler/clean-up.ts'
import { fromNow } from '../../src/instants.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { build, withToken } from '../support/app.ts'
import { deviceRows, stateOf } from '../support/listed-tokens.ts'
import { visitor } from '../support/pages.ts'
import { AUTH, assertRevoked, jtiOf, ROTATE, readStatus, rotate } from '../support/tokens.ts'
import { addSpentTokens } from './large-family.ts'

const ROTATIONS = 50_000

const { app, db, accounts, signIn, log } = await build(t)
const admin = visitor(app)
await admin.signIn(await signIn('admin'))
const caller = await signIn('user')
const first = jtiOf(caller.refresh_token)
const child = await rotate(app, caller.refresh_token)
await db
  .update(refresh_token)
  .set({ rotated: fromNow(-3_600_000) })
  .where(eq(refresh_token.jti, first))
await addSpentTokens(db, first, ROTATIONS)
const page = `/users/${caller.id}`

t.test('the pages block a large family within a second, and unblock it [L3, C3, C12]', async (t) => {
  await inASecond(t, 'the list of users', () => admin.get('/'))
  t.equal((await inASecond(t, 'the list of tokens', () => deviceRows(admin, page))).length, 1)
  const jti = jtiOf(child.refresh_token)
  for (const [asked, block] of [
    [page, `${page}/tokens/${jti}/block`],
    [`${page}/sign-out`, `${page}/sign-out`]
  ] as const) {
    const { fields } = await admin.form(asked, block)
    t.equal((await inASecond(t, block, () => admin.send('POST', block, fields))).statusCode, 302)
    await assertRevoked(t, [app], child)
    t.match(stateOf(await admin.get(page), jti), /blocked .*by an administrator/)
    await inASecond(t, 'unblock', () => admin.send('POST', `${page}/tokens/${jti}/unblock`, fields))
    t.equal(await readStatus(app, child.access_token), 200)
  }
})

t.test('a reuse ends a large family within a second, also while it is blocked [L3, C8]', async (t) => {
  for (const blocked of [false, true]) {
    if (blocked) await app.tokens.block(first, 'admin')
    const logged = log().length
    const reuse = await inASecond(t, 'reuse', () => withToken(app, 'POST', ROTATE, caller.refresh_token))
    t.equal(reuse.statusCode, 401)
    t.match(log().slice(logged), 'refresh token reused')
    await assertRevoked(t, [app], child)
    t.match(stateOf(await admin.get(page), jtiOf(child.refresh_token)), /copied|again/)
    await reopen()
  }
})

t.test('a logout ends a large family within a second [L3, C5]', async (t) => {
  const logout = await inASecond(t, 'logout', () => withToken(app, 'DELETE', AUTH, child.refresh_token))
  t.equal(logout.statusCode, 200)
  await assertRevoked(t, [app], child)
  await reopen()
})

t.test(
  'an account with a large family is deleted within a second, and the clean-up deletes the rest [L3, K2]',
  async (t) => {
    t.equal(await readStatus(app, child.access_token), 200)
    await inASecond(t, 'deletion', () => accounts.remove(caller.id))
    await assertRevoked(t, [app], child)
    t.ok((await db.$count(refresh_token, eq(refresh_token.user_id, caller.id))) > 0, 'tokens are left')
    await cleanUp(db)
    t.equal(await db.$count(refresh_token, eq(refresh_token.user_id, caller.id)), 0)
    t.equal(await cleanUp(db), 0)
  }
)

async function inASecond<Result>(t: Test, name: string, act: () => Promise<Result>): Promise<Result> {
  const began = performance.now()
  const result = await act()
  const duration = Math.round(performance.now() - began)
  t.ok(duration < 1000, `${name}: ${duration} ms`)
  return result
}

/** Makes the family work again, as if nothing had ended it. */
async function reopen(): Promise<void> {
  const rows = inArray(refresh_token.jti, [first, jtiOf(child.refresh_token)])
  await db.update(refresh_token).set({ blocked: false, blocked_reason: null }).where(rows)
}
