// The web sessions among the devices on the page of a user and on "Your account", and the buttons that end them.

import cookie from '@fastify/cookie'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { sessionKey } from '../../plugins/admin-ui/sessions.ts'
import { fromNow } from '../../src/instants.ts'
import { session } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { minute, redirectTarget, table } from '../support/page-content.ts'
import { forms, text, type Visitor, visitor } from '../support/pages.ts'
import { insertAccount, MINUTE, openAs } from './inserted-accounts.ts'
import { openWindow } from './web-sessions.ts'

const one = await build(t)
const other = await buildOn(t, one.env)
const { app, db, config } = one

const grace = await insertAccount(one, 'grace', 'admin')
const anna = await insertAccount(one, 'anna', 'admin')
const home = await openAs(one, grace.id, { user_agent: 'home browser', address: '192.0.2.1' })
const work = visitor(app, { 'user-agent': 'work browser' })
await work.signIn(grace)
const annas = await openAs(one, anna.id, { user_agent: 'her browser', address: '192.0.2.3' })

t.test('the list shows the open sessions, the one used last first, and marks the current one [F26]', async (t) => {
  const idle = await openAs(one, anna.id, { user_agent: 'forgotten browser' })
  await change('forgotten browser', { last_used: fromNow(-16 * MINUTE) })
  await change('home browser', { created: fromNow(-MINUTE) })

  await change('home browser', { last_used: fromNow(-MINUTE) })
  const listed = table((await work.get('/account')).payload, 'devices')
  t.strictSame(
    listed.map(({ Device, By, From }) => [Device, By, From]),
    [
      ['work work browser this session', 'web session', '127.0.0.1'],
      ['home home browser', 'web session', '192.0.2.1']
    ]
  )
  const [stored] = await db.select().from(session).where(eq(session.user_agent, 'home browser'))
  t.hasStrict(listed[1], {
    'Signed in': minute(stored?.created),
    'Last used': minute(stored?.last_used),
    Ends: minute(stored?.expiry)
  })
  const sessionsOfAnna = await work.get(`/users/${anna.id}`)
  t.strictSame(
    table(sessionsOfAnna.payload, 'devices').map(({ From }) => From),
    ['192.0.2.3'],
    'a session that has timed out is not listed'
  )
  t.equal(redirectTarget(await idle.get('/')), '/login')
})

t.test('the page names sessions by keys that sign nobody in [F26]', async (t) => {
  for (const [page, browser] of [
    ['/account', home],
    [`/users/${anna.id}`, annas]
  ] as const) {
    const html = (await work.get(page)).payload
    for (const id of [browser, work].map(sessionId)) t.notOk(html.includes(id), 'the page does not contain the id')
    const keys = endForms(html).map(({ action }) => action.split('/').at(-2) ?? '')
    t.ok(keys.length > 0)
    for (const key of keys) {
      for (const value of [key, new cookie.Signer(config.secretKey).sign(key)]) {
        const thief = visitor(app)
        thief.cookies.set('session', value)
        t.equal(redirectTarget(await thief.get('/')), '/login')
      }
    }
  }
})

t.test('an ended session is dead at once at every instance [F26, F21]', async (t) => {
  for (const [page, foreigner, browser] of [
    ['/account', anna.id, home],
    [`/users/${anna.id}`, grace.id, annas]
  ] as const) {
    const elsewhere = openWindow(browser, other.app)
    t.equal((await elsewhere.get('/')).statusCode, 200)

    const key = sessionKey(sessionId(browser))
    const end = endForms((await work.get(page)).payload).find(({ action }) => action === `${page}/sessions/${key}/end`)
    const { action = '', fields = {} } = end ?? {}
    const refused = await work.send('POST', `/users/${foreigner}/sessions/${key}/end`, fields)
    t.equal(refused.statusCode, 404, 'the address of another user does not end the session')
    t.equal((await browser.get('/')).statusCode, 200)

    const cookieBefore = String(browser.cookies.get('session'))
    t.equal(redirectTarget(await work.send('POST', action, fields)), `${page}#devices-notice`)
    t.equal(redirectTarget(await browser.get('/')), '/login')
    elsewhere.cookies.set('session', cookieBefore)
    t.equal(redirectTarget(await elsewhere.get('/')), '/login', 'the other instance knows')
    t.equal((await work.send('POST', action, fields)).statusCode, 404, 'a second click finds no session')
  }

  const [current] = endForms((await work.get('/account')).payload)
  t.equal((await work.send('POST', current?.action ?? '', current?.fields ?? {})).statusCode, 302)
  t.equal(redirectTarget(await work.get('/account')), '/login?next=%2Faccount', 'the current session can be ended, too')
})

t.test('all sessions of an account end at once, except that of the user who ends them [F26]', async (t) => {
  const account = await insertAccount(one, 'berta', 'admin')
  const mine = await openAs(one, account.id)
  const second = await openAs(one, account.id)
  const colleague = await openAs(one, (await insertAccount(one, 'colleague', 'admin')).id)

  const ask = '/account/sign-out'
  t.match(text((await mine.get(ask)).payload), '1 device is signed out at once: 1 browser with a web session.')
  t.equal(redirectTarget(await mine.submit(ask, ask)), '/account#devices-notice')
  const own = await mine.get('/account')
  t.equal(own.statusCode, 200)
  t.equal((await second.get('/account')).statusCode, 302)
  t.equal((await colleague.get('/')).statusCode, 200, 'sessions of other users stay open')
  t.match(text(own.payload), 'All your other devices are signed out.')
  t.notMatch(own.payload, '/sign-out', 'there is nothing left to end')

  const signOut = `/users/${account.id}/sign-out`
  await colleague.submit(signOut, signOut)
  t.equal((await mine.get('/account')).statusCode, 302)
})

t.test('a device is named by its browser and system, and its user agent can be unfolded [F26]', async (t) => {
  const account = await insertAccount(one, 'clara', 'admin')
  const safari =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
  const browser = await openAs(one, account.id, { user_agent: safari })
  const { payload } = await browser.get('/account')
  t.match(payload, /<details class="device">\s*<summary>Safari on iPhone<\/summary>/)
  t.equal(table(payload, 'devices')[0]?.Device, `Safari on iPhone ${safari} this session`)
})

/** Returns the forms that end a single session. */
function endForms(html: string) {
  return forms(html).filter(({ action }) => action.includes('/sessions/'))
}

/** Returns the id in a browser's session cookie. */
function sessionId({ cookies }: Visitor): string {
  return String(cookies.get('session')).split('.')[0] ?? ''
}

async function change(user_agent: string, values: Partial<typeof session.$inferInsert>): Promise<void> {
  await db.update(session).set(values).where(eq(session.user_agent, user_agent))
}
