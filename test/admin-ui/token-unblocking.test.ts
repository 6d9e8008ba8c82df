// Only an administrator's block can be undone. A logout or a reuse ends a token for good, whenever it happens.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { build, buildOn, withToken } from '../support/app.ts'
import { stateOf, tokenStatuses } from '../support/listed-tokens.ts'
import { formToken } from '../support/page-content.ts'
import { forms, text, visitor } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'

const { app, db, env, accounts, signIn, log } = await build(t)
const other = await buildOn(t, env)
const admin = visitor(app)
await admin.signIn(await signIn('admin'))
const _csrf = await formToken(admin)

const REFUSAL = 'Nothing was changed. Only a token that an administrator blocked can be unblocked'

t.test('a logged-out or reused token stays dead, also after a block [C5, C8, C12]', async (t) => {
  const loggedOut = await signIn('user')
  t.equal((await withToken(app, 'DELETE', '/api/auth/', loggedOut.refresh_token)).statusCode, 200)
  const copied = await signIn('user')
  const exchange = await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)
  const child = exchange.json<{ access_token: string; refresh_token: string }>()
  await endGrace(copied.refresh_token)
  t.equal((await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)).statusCode, 401)

  for (const [name, id, tokens, state] of [
    ['logged out', loggedOut.id, loggedOut, /logged out/],
    ['reused', copied.id, child, /blocked .*(copied|again)/]
  ] as const) {
    const jti = jtiOf(tokens.refresh_token)
    const page = `/users/${id}`
    t.match(stateOf(await admin.get(page), jti), state, name)
    for (const moment of ['at once', 'after a block']) {
      const refused = await press(id, jti, 'unblock')
      t.equal(refused.statusCode, 409, `${name}, ${moment}`)
      t.match(text(refused.payload), REFUSAL)
      t.match(stateOf(refused, jti), state, 'the error is on the page of the token')
      t.strictSame(await tokenStatuses(other.app, tokens), [401])
      t.equal((await press(id, jti, 'block')).statusCode, 302)
    }
    t.match(stateOf(await admin.get(page), jti), state, name)
  }
})

t.test('a logout that arrives just after a block ends the token for good [C5, C12]', async (t) => {
  const leaving = await signIn('user')
  const jti = jtiOf(leaving.refresh_token)
  t.equal((await press(leaving.id, jti, 'block')).statusCode, 302)
  await app.tokens.block(jti, 'logout') // as a request does whose token was checked before the block
  const refused = await press(leaving.id, jti, 'unblock')
  t.equal(refused.statusCode, 409)
  t.match(text(refused.payload), 'Only a token that an administrator blocked can be unblocked')
  t.equal((await withToken(app, 'GET', '/api/auth/', leaving.refresh_token)).statusCode, 401)
})

t.test('a reuse is detected while the token is blocked, and ends it for good [C8, C12]', async (t) => {
  const copied = await signIn('user')
  const rotation = await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)
  const child = rotation.json<{ refresh_token: string }>().refresh_token
  await endGrace(copied.refresh_token)
  t.equal((await press(copied.id, jtiOf(child), 'block')).statusCode, 302)
  const logged = log().length
  t.equal((await withToken(app, 'POST', '/api/auth/refresh', copied.refresh_token)).statusCode, 401)
  t.match(log().slice(logged), 'refresh token reused')
  t.equal((await press(copied.id, jtiOf(child), 'unblock')).statusCode, 409)
  t.equal((await withToken(app, 'GET', '/api/auth/', child)).statusCode, 401)
})

t.test('the page does not offer to unblock a token that disabling has ended as well [C12]', async (t) => {
  const ended = await signIn('user')
  t.equal((await press(ended.id, jtiOf(ended.refresh_token), 'block')).statusCode, 302)
  await accounts.setDisabled(ended.id, true)
  const page = await admin.get(`/users/${ended.id}`)
  t.match(text(page.payload), 'ended password changed or account disabled')
  t.notOk(forms(page.payload).some(({ action }) => action.endsWith('/unblock')))
})

async function press(id: number, jti: string, action: 'block' | 'unblock') {
  return await admin.send('POST', `/users/${id}/tokens/${jti}/${action}`, { _csrf })
}

/** Moves the exchange of a token so far into the past that using the token again counts as a reuse. */
async function endGrace(token: string): Promise<void> {
  await db
    .update(refresh_token)
    .set({ rotated: fromNow(-20_000) })
    .where(eq(refresh_token.jti, jtiOf(token)))
}
