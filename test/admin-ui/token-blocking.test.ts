// Blocking refresh tokens on the page of a user, and unblocking them again.

import t from 'tap'
import { build, buildOn, signInAs, withToken } from '../support/app.ts'
import { stateOf, tokenStatuses } from '../support/listed-tokens.ts'
import { formToken, redirectTarget } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import { insertAccount, openAsAdministrator } from './inserted-accounts.ts'

const one = await build(t)
const other = await buildOn(t, one.env)
const { app } = one
const admin = await openAsAdministrator(one)

const CLICKS = ['a click', 'a second click on the same button']

t.test('a block and its undoing work at once at every instance, for all access tokens [C3, C12, F21]', async (t) => {
  const anna = await insertAccount(one, 'anna', 'user')
  const page = `/users/${anna.id}`
  const caller = await signInAs(app, anna)
  const jti = jtiOf(caller.refresh_token)
  const refreshed = (await withToken(app, 'GET', '/api/auth/', caller.refresh_token)).json<{ access_token: string }>()
  const block = `${page}/tokens/${jti}/block`
  const unblock = `${page}/tokens/${jti}/unblock`
  const elsewhere = () => tokenStatuses(other.app, caller, [refreshed.access_token])
  t.strictSame(await elsewhere(), [200])

  const { fields } = await admin.form(page, block)
  for (const click of CLICKS) {
    t.equal(redirectTarget(await admin.send('POST', block, fields)), `${page}#devices-notice`, click)
    t.strictSame(await elsewhere(), [401], click)
    t.match(stateOf(await admin.get(page), jti), /blocked .*by an administrator/, click)
  }
  t.equal((await withToken(other.app, 'POST', '/api/auth/refresh', caller.refresh_token)).statusCode, 401)
  for (const click of CLICKS) {
    t.equal(redirectTarget(await admin.send('POST', unblock, fields)), `${page}#devices-notice`, click)
    t.strictSame(await elsewhere(), [200], click)
    t.match(stateOf(await admin.get(page), jti), /live/, click)
  }
})

t.test("a token cannot be blocked or unblocked under another user's address [F21]", async (t) => {
  const { id } = await insertAccount(one, 'bruno', 'user')
  const berta = await signInAs(app, await insertAccount(one, 'berta', 'user'))
  const _csrf = await formToken(admin)
  for (const action of ['block', 'unblock']) {
    const refused = await admin.send('POST', `/users/${id}/tokens/${jtiOf(berta.refresh_token)}/${action}`, { _csrf })
    t.equal(refused.statusCode, 404, action)
    t.match(text(refused.payload), 'Token not found')
    t.strictSame(await tokenStatuses(other.app, berta), [200])
  }
})

t.test('all tokens of one user are blocked together, and unblocked one by one [C3, C12]', async (t) => {
  const carla = await insertAccount(one, 'carla', 'user')
  const page = `/users/${carla.id}`
  const [first, second] = [await signInAs(app, carla), await signInAs(app, carla)]
  const loggedOut = await signInAs(app, carla)
  t.equal((await withToken(app, 'DELETE', '/api/auth/', loggedOut.refresh_token)).statusCode, 200)
  const dora = await signInAs(app, await insertAccount(one, 'dora', 'user'))

  t.equal(redirectTarget(await admin.submit(`${page}/sign-out`, `${page}/sign-out`)), `${page}#devices-notice`)
  t.strictSame(await tokenStatuses(other.app, first), [401])
  t.strictSame(await tokenStatuses(other.app, second), [401])
  t.strictSame(await tokenStatuses(other.app, dora), [200], 'tokens of other users still work')
  const state = stateOf(await admin.get(page), jtiOf(loggedOut.refresh_token))
  t.match(state, /logged out/, 'the list still shows why a token had ended before')

  const unblock = `${page}/tokens/${jtiOf(first.refresh_token)}/unblock`
  t.equal(redirectTarget(await admin.submit(page, unblock)), `${page}#devices-notice`)
  t.strictSame(await tokenStatuses(other.app, first), [200])
  t.strictSame(await tokenStatuses(other.app, second), [401])
})
