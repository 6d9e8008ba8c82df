// Administrators and auditors sign out their own devices on "Your account".

import { asc } from 'drizzle-orm'
import t from 'tap'
import { account_event } from '../../src/tables/account.ts'
import { build, buildOn, signInAs } from '../support/app.ts'
import { stateOf, tokenStatuses } from '../support/listed-tokens.ts'
import { redirectTarget } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import { insertAccount, openAs, openAsAdministrator } from './inserted-accounts.ts'

const one = await build(t)
const other = await buildOn(t, one.env)
const { app, db } = one
const NOTICE = '/account#devices-notice'

for (const role of ['admin', 'auditor']) {
  t.test(
    `a user with the role ${role} signs out one device, and then all others, as a logout does [C3, C12]`,
    async (t) => {
      const account = await insertAccount(one, `erika-${role}`, role, 'user')
      const browser = await openAs(one, account.id)
      const second = await openAs(one, account.id)
      const [lost, kept] = [await signInAs(app, account), await signInAs(app, account)]
      const end = `/account/tokens/${jtiOf(lost.refresh_token)}/block`
      t.equal(redirectTarget(await browser.submit('/account', end)), NOTICE)
      t.match(text((await browser.get('/account')).payload), 'The device is signed out.')
      t.strictSame(await tokenStatuses(other.app, lost), [401])
      t.strictSame(await tokenStatuses(other.app, kept), [200])
      t.equal(stateOf(await browser.get('/account'), jtiOf(lost.refresh_token)), '○ logged out', 'nobody can undo it')

      t.match(text((await browser.get('/account/sign-out')).payload), /2 devices are signed out .*This session stays/)
      t.equal(redirectTarget(await browser.submit('/account/sign-out', '/account/sign-out')), NOTICE)
      t.equal(redirectTarget(await second.get('/account')), '/login?next=%2Faccount')
      t.strictSame(await tokenStatuses(other.app, kept), [401])
      const page = (await browser.get('/account')).payload
      t.match(text(page), 'All your other devices are signed out.')
      t.notMatch(page, '/account/sign-out', 'there is nothing left to sign out')
    }
  )
}

t.test('users end nobody else’s devices on "Your account", and cannot undo a block there [C12, F21]', async (t) => {
  const otto = await insertAccount(one, 'otto', 'auditor', 'user')
  const browser = await openAs(one, otto.id)
  const own = await signInAs(app, otto)
  const anna = await insertAccount(one, 'anna', 'user')
  const foreign = await signInAs(app, anna)
  const { _csrf = '' } = (await browser.form('/account', '/account/password')).fields
  const refused = await browser.send('POST', `/account/tokens/${jtiOf(foreign.refresh_token)}/block`, { _csrf })
  t.equal(refused.statusCode, 404)
  t.strictSame(await tokenStatuses(app, foreign), [200])

  const admin = await openAsAdministrator(one)
  const token = `/users/${otto.id}/tokens/${jtiOf(own.refresh_token)}`
  await admin.submit(`/users/${otto.id}`, `${token}/block`)
  const page = (await browser.get('/account')).payload
  t.match(text(page), /blocked by an administrator/)
  t.strictSame(
    forms(page).filter(({ action }) => action.includes('/tokens/')),
    []
  )
  t.equal((await browser.send('POST', `${token}/unblock`, { _csrf })).statusCode, 403)
  t.strictSame(await tokenStatuses(app, own), [401])

  const events = await db.select().from(account_event).orderBy(asc(account_event.id))
  t.match(
    events.filter(({ action }) => /token/.test(action)).map(({ actor, action }) => `${actor}: ${action}`),
    [
      ...['erika-admin', 'erika-auditor'].flatMap((name) => [`${name}: token ended`, `${name}: all tokens ended`]),
      'grace: token blocked'
    ],
    'the history says who it was'
  )
})
