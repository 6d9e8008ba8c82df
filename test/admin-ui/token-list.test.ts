// The refresh tokens among the devices on the page of a user.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { formatInstant } from '../../src/instants.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { build, withToken } from '../support/app.ts'
import { deviceRows, stateOf } from '../support/listed-tokens.ts'
import { link, minute, table } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import { insertAccount, insertTokens, MINUTE, openAsAdministrator, PASSWORD } from './inserted-accounts.ts'

const server = await build(t)
const { app, db } = server
const admin = await openAsAdministrator(server)

t.test('the list shows when and from where each token was issued, and its state', async (t) => {
  const anna = await insertAccount(server, 'anna', 'user')
  const page = `/users/${anna.id}`
  t.match(text((await admin.get(page)).payload), 'No device is signed in.')

  const before = await login('anna', 'old tablet')
  await change(before, { issued: '2020-01-02T03:04:05Z' })
  await admin.submit(`${page}/disable`, `${page}/disable`)
  await admin.submit(page, `${page}/enable`)
  const plain = await login('anna', 'ward tablet/1.0', '2001:db8::7')
  const unused = (await deviceRows(admin, page)).find(({ Device }) => Device?.includes(jtiOf(plain)))
  t.match(unused, {
    Device: /^ward ward tablet\/1\.0 /,
    By: 'API token',
    'Last used': 'never',
    From: '2001:db8::7'
  })
  t.equal((await withToken(app, 'GET', '/api/auth/', plain)).statusCode, 200)
  const exchanged = await login('anna', 'phone')
  const exchange = await withToken(app, 'POST', '/api/auth/refresh', exchanged)
  const child = exchange.json<{ refresh_token: string }>().refresh_token
  const expired = await login('anna', 'x'.repeat(300))
  await change(expired, { expiry: '2020-01-03T00:00:00Z' })
  const loggedOut = await login('anna', 'kiosk')
  await withToken(app, 'DELETE', '/api/auth/', loggedOut)
  const blocked = await login('anna', 'stolen laptop')
  await admin.submit(page, `${page}/tokens/${jtiOf(blocked)}/block`)

  const html = (await admin.get(page)).payload
  const rows = await deviceRows(admin, page)
  const rowOf = (token: string) => rows.find(({ Device }) => Device?.includes(jtiOf(token)))
  const states = Object.fromEntries(
    [before, plain, child, expired, loggedOut, blocked].map((token) => [
      jtiOf(token),
      stateOf({ payload: html }, jtiOf(token))
    ])
  )
  t.match(states, {
    [jtiOf(before)]: /ended .*password changed or account disabled/,
    [jtiOf(plain)]: /live/,
    [jtiOf(child)]: /live/,
    [jtiOf(expired)]: /expired/,
    [jtiOf(loggedOut)]: /logged out/,
    [jtiOf(blocked)]: /blocked .*by an administrator/
  })
  t.equal(rows.length, 6, 'the exchanged token is left out')
  t.notMatch(html, jtiOf(exchanged))

  const used = rowOf(plain)
  const [row] = await db
    .select()
    .from(refresh_token)
    .where(eq(refresh_token.jti, jtiOf(plain)))
  t.hasStrict(used, {
    'Signed in': minute(row?.issued),
    Ends: minute(row?.expiry),
    'Last used': minute(row?.last_used),
    From: '2001:db8::7'
  })
  for (const instant of [row?.issued, row?.expiry, row?.last_used]) t.match(html, `datetime="${instant}"`)
  t.match(rows.at(-1), { Device: jtiOf(before), 'Signed in': '2 Jan 2020, 03:04' }, 'the oldest token is last')
  t.match(rowOf(expired)?.Device, / x{200} /)
  t.match(rowOf(child), { 'Last used': /^\d/ }, 'a token that was exchanged has been used')
  const folded = html.split('<details id="ended">')[1] ?? ''
  t.match(text(folded), /^3 that have ended /)
  for (const token of [before, expired, loggedOut]) t.match(folded, jtiOf(token))

  const buttons = forms(html).filter(({ action }) => /tokens\/[^/]+\/(un)?block$/.test(action))
  t.strictSame(
    buttons.map(({ action, button }) => [action, button.split(',')[0]]).sort(),
    [
      [`${page}/tokens/${jtiOf(child)}/block`, 'Sign out lightMyRequest'],
      [`${page}/tokens/${jtiOf(blocked)}/unblock`, 'Unblock stolen'],
      [`${page}/tokens/${jtiOf(plain)}/block`, 'Sign out ward']
    ].sort(),
    'only tokens that can be changed have a button'
  )
  const [listed] = table((await admin.get('/?q=anna')).payload)
  t.hasStrict(listed, { Name: 'anna', 'Signed in': '2 devices' })
})

t.test('the links Older and Latest lead through all tokens that have ended, the newest first', async (t) => {
  const many = await insertAccount(server, 'many')
  const other = await insertAccount(server, 'other')
  // Nine tokens share each instant, so the time alone does not order them.
  const now = Date.now()
  const issued = Array.from({ length: 47 }, (_, index) => formatInstant(now - Math.floor(index / 9) * MINUTE))
  await insertTokens(
    db,
    many.id,
    issued.map((instant) => ({ issued: instant, expiry: instant }))
  )
  const stored = await db.select().from(refresh_token).where(eq(refresh_token.user_id, many.id))
  const expected = stored
    .sort((a, b) => b.issued.localeCompare(a.issued) || (a.jti < b.jti ? 1 : -1))
    .map((token) => token.jti)

  const slices: string[][] = []
  for (let url: string | undefined = `/users/${many.id}`; url; ) {
    const response = await admin.get(url)
    slices.push(table(response.payload, 'devices').map(({ Device = '' }) => Device.split(' ').at(-1) ?? ''))
    if (slices.length > 1) t.equal(link(response.payload, 'Latest'), `/users/${many.id}#devices`)
    url = link(response.payload, 'Older')
  }
  t.strictSame(slices.flat(), expected, 'every token once')
  t.strictSame(
    slices.map((slice) => slice.length),
    [20, 20, 7]
  )
  const [foreign] = await insertTokens(db, other.id, [{}])
  t.equal((await admin.get(`/users/${many.id}?before=${foreign}`)).statusCode, 404, "not after another user's token")
})

/** Logs in to the API from this address, with this user agent. Returns the refresh token. */
async function login(username: string, userAgent: string, remoteAddress = '192.0.2.7'): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/auth/',
    remoteAddress,
    headers: { 'user-agent': userAgent },
    payload: { username, password: PASSWORD }
  })
  return response.json<{ refresh_token: string }>().refresh_token
}

async function change(token: string, values: Partial<typeof refresh_token.$inferInsert>): Promise<void> {
  await db
    .update(refresh_token)
    .set(values)
    .where(eq(refresh_token.jti, jtiOf(token)))
}
