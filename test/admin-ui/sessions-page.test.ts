// The page of all sessions: everyone who is signed in, where, with what and since when.

import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { build, signInAs } from '../support/app.ts'
import { link, minute, redirectTarget, table } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import {
  insertAccount,
  insertAccounts,
  insertTokens,
  MINUTE,
  openAs,
  openAsAdministrator
} from './inserted-accounts.ts'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36'
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36 Edg/147.0.0.0'

t.test('the page lists every token family and web session that works, and each can be ended [F26]', async (t) => {
  const server = await build(t)
  const { app, db, accounts } = server
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'admin', 'user')
  const gone = await insertAccount(server, 'gone', 'user')
  const hers = await openAs(server, anna.id, { user_agent: IPHONE, address: '192.0.2.7' })
  const caller = await signInAs(app, anna)
  const issued = fromNow(-60 * MINUTE)
  const [first = ''] = await insertTokens(db, anna.id, [{ issued, rotated: fromNow(), user_agent: 'old' }])
  await insertTokens(db, anna.id, [
    { family: first, last_used: fromNow(-MINUTE), user_agent: CHROME, address: '2001:db8::1' },
    { expiry: fromNow(-MINUTE), user_agent: 'expired' },
    { blocked: true, user_agent: 'blocked' }
  ])
  await insertTokens(db, gone.id, [{ user_agent: 'of a disabled account' }])
  await accounts.setDisabled(gone.id, true)

  const { payload } = await admin.get('/sessions')
  t.match(text(payload), /4 devices are signed in [A-Z]/)
  const rows = rowsOf(payload)
  const shown = rows.map(({ User, Device, By, From }) => `${User}, ${Device}, ${By}, ${From}`)
  t.strictSame(
    [...shown].sort(),
    [
      'anna, Chrome on Linux, API token, 2001:db8::1',
      'anna, Safari on iPhone, web session, 192.0.2.7',
      'anna, lightMyRequest, API token, 127.0.0.1',
      'grace this session, a browser, web session, 192.0.2.1'
    ].map((row) => row.replace(', a browser,', ', a,'))
  )
  t.match(rows[0], { User: /^grace/ }, 'the last used is first')
  const family = rows.find(({ Device }) => Device === 'Chrome on Linux')
  t.hasStrict(family, { 'Signed in': minute(issued) }, 'a family has signed in when its first token was issued')

  t.equal((await caller.get('/api/sample/')).statusCode, 200)
  const ends = forms(payload).filter(({ button }) => button.startsWith('End '))
  t.equal(ends.length, 4)
  for (const { action, fields } of ends.filter(({ button }) => button.includes(' of anna,'))) {
    t.match(redirectTarget(await admin.send('POST', action, fields)), /^\/sessions(#|$)/)
  }
  t.match(text((await admin.get('/sessions')).payload), '1 device is signed in')
  t.equal((await caller.get('/api/sample/')).statusCode, 401)
  t.equal(redirectTarget(await hers.get('/')), '/login')
})

t.test('the sessions are found by user and by address, and shown in slices', async (t) => {
  const server = await build(t)
  const { db } = server
  const admin = await openAsAdministrator(server)
  const [mueller = 0, zoe = 0] = await insertAccounts(db, ['anna müller', 'zoë'], ['user'])
  await insertTokens(
    db,
    mueller,
    Array.from({ length: 60 }, (_, index) => ({ address: `192.0.2.${index}`, user_agent: EDGE }))
  )
  await insertTokens(db, zoe, [{ address: '2001:db8::2' }])

  const first = (await admin.get('/sessions?user=mueller')).payload
  t.match(text(first), '60 devices are signed in, 1–50')
  t.strictSame(
    [...new Set(rowsOf(first).map(({ User, Device }) => `${User} ${Device}`))],
    ['anna müller Edge on Windows']
  )
  const second = (await admin.get(link(first, 'Next') ?? '')).payload
  t.match(text(second), '60 devices are signed in, 51–60')
  t.equal(link(second, 'Next'), undefined)
  const addresses = [...table(first), ...table(second)].map(({ From }) => From)
  t.equal(new Set(addresses).size, 60, 'each is listed once')

  const found = (query: string) =>
    admin.get(`/sessions?${query}`).then(({ payload }) => rowsOf(payload).map(({ User }) => User))
  t.strictSame(await found('address=192.0.2.7'), ['anna müller'])
  t.strictSame(await found('address=+2001:DB8::2+'), ['zoë'])
  t.strictSame(await found('address=192.0.2.7&user=zoe'), [])
  t.match(text((await admin.get('/sessions?user=nobody')).payload), 'Nobody is signed in with this name or address.')
})

/** Returns the rows of the page, with the names of users without the link beside them. */
function rowsOf(html: string): Record<string, string>[] {
  return table(html).map((row) => {
    const [name = '', of] = row.User?.split(' End all … of ') ?? []
    if (!of || !name.startsWith(of)) throw new Error(`no link to end all: ${row.User}`)
    return { ...row, User: name }
  })
}
