// Changes of several users at once: the page that asks first, and what it never does.

import t from 'tap'
import { user } from '../../src/tables/account.ts'
import { build, logRows, signInAs } from '../support/app.ts'
import { redirectTarget, table } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { insertAccount, insertTokens, openAs, openAsAdministrator } from './inserted-accounts.ts'

t.test('chosen users are disabled together, once the administrator has confirmed it', async (t) => {
  const server = await build(t)
  const { app, db } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  const berta = await insertAccount(server, 'berta', 'user')
  const own = await insertAccount(server, 'carla', 'user')
  const caller = await signInAs(app, anna)
  await insertTokens(db, berta.id, [{}, {}])

  const list = (await admin.get('/?role=user')).payload
  const choice = forms(list).find(({ action }) => action === '/chosen-users')
  t.match(choice, { method: 'get', fields: { next: '/?role=user' }, button: 'End sign-ins … Disable …' })
  const query = new URLSearchParams([
    ['action', 'disable'],
    ['next', String(choice?.fields.next)],
    ['id', String(anna.id)],
    ['id', String(berta.id)]
  ])
  const page = (await admin.get(`/chosen-users?${query}`)).payload
  t.match(text(page), 'Disable 2 accounts?')
  t.match(text(page), 'signed in on 3 devices')
  t.match(text(page), /anna\s+berta/)
  t.equal((await caller.get('/api/sample/')).statusCode, 200, 'opening the page changes nothing')

  const confirmed = await admin.submit(`/chosen-users?${query}`, '/chosen-users/disable')
  t.equal(redirectTarget(confirmed), '/?role=user', 'back to the same list')
  t.match(text((await admin.get('/?role=user')).payload), '2 accounts were disabled.')
  t.equal((await caller.get('/api/sample/')).statusCode, 401)
  const states = table((await admin.get('/?role=user')).payload).map(({ Name, State }) => `${Name} ${State}`)
  t.strictSame(states, ['anna ○ disabled', 'berta ○ disabled', `${own.username} ● enabled`])
  const row = (await logRows(db)).find(({ method, path }) => method === 'POST' && path === '/chosen-users/disable')
  t.equal(row?.subjects, ` user:${anna.id} user:${berta.id} `, 'the log ties the request to the changed accounts')
})

t.test('nobody disables their own account or the last administrator this way [F12]', async (t) => {
  const server = await build(t)
  const { accounts } = server
  const [grace, helen] = [await insertAccount(server, 'grace', 'admin'), await insertAccount(server, 'helen', 'admin')]
  const browser = await openAs(server, grace.id)
  const address = `/chosen-users?action=disable&id=${grace.id}&id=${helen.id}`
  const asked = text((await browser.get(address)).payload)
  t.match(asked, 'Disable 1 account?')
  t.match(asked, /Left out, because .*: grace/)
  const { fields } = await browser.form(address, '/chosen-users/disable')
  t.equal(fields.id, String(helen.id))

  // Somebody sends the form with their own id as well.
  await browser.send('POST', '/chosen-users/disable', { ...fields, id: [`${grace.id}`, `${helen.id}`, '999999', 'x'] })
  const left = (await accounts.list()).map(({ username, disabled }) => [username, disabled])
  t.strictSame(left, [
    ['grace', false],
    ['helen', true]
  ])
  t.match(text((await browser.get('/')).payload), '1 account was disabled.')
  t.match(text((await browser.get(address)).payload), 'Nothing to change')
})

t.test('the last real administrator is left out, and the others are disabled [F12]', async (t) => {
  const server = await build(t, { DEMO: 'true', HOST: '127.0.0.1' })
  const { db, accounts } = server
  const admin = await insertAccount(server, 'admin', 'admin')
  await db.update(user).set({ demo: true })
  const helen = await insertAccount(server, 'helen', 'admin')
  const anna = await insertAccount(server, 'anna', 'user')
  const browser = await openAs(server, admin.id)
  const address = `/chosen-users?action=disable&id=${helen.id}&id=${anna.id}`
  await browser.submit(address, '/chosen-users/disable')
  const said = text((await browser.get('/')).payload)
  t.match(said, '1 account was disabled.')
  t.match(said, 'helen cannot be disabled: one administrator must remain.')
  t.strictSame(
    (await accounts.list()).filter(({ disabled }) => disabled).map(({ username }) => username),
    ['anna']
  )
})

t.test('the sign-ins of chosen users end together, except the session of the administrator', async (t) => {
  const server = await build(t)
  const { app } = server
  const grace = await insertAccount(server, 'grace', 'admin')
  const anna = await insertAccount(server, 'anna', 'admin', 'user')
  const [here, elsewhere, hers] = [
    await openAs(server, grace.id),
    await openAs(server, grace.id),
    await openAs(server, anna.id)
  ]
  const caller = await signInAs(app, anna)
  const address = `/chosen-users?action=end-sign-ins&id=${grace.id}&id=${anna.id}`
  const asked = text((await here.get(address)).payload)
  t.match(asked, 'End the sign-ins of 2 accounts?')
  t.match(asked, 'signed in on 4 devices')
  t.equal(redirectTarget(await here.submit(address, '/chosen-users/end-sign-ins')), '/')
  t.match(text((await here.get('/')).payload), '2 accounts were signed out everywhere.')
  t.equal((await caller.get('/api/sample/')).statusCode, 401)
  for (const browser of [elsewhere, hers]) t.equal(redirectTarget(await browser.get('/')), '/login')
  t.equal((await signInAs(app, anna)).username, 'anna', 'the account can sign in again')
})

t.test('without a choice nothing is changed, and the page says so', async (t) => {
  const server = await build(t)
  const admin = await openAsAdministrator(server)
  for (const query of [
    '',
    '?action=disable',
    '?action=disable&id=x&id=0&id=99999999999',
    '?id=999999&next=//example.org'
  ]) {
    const { statusCode, payload } = await admin.get(`/chosen-users${query}`)
    t.equal(statusCode, 200, query)
    t.match(text(payload), 'You chose no users.')
    t.notMatch(payload, 'example.org')
  }
})
