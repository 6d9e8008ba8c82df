// Signing out ends a session for good, even while other requests of the session are running.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { session } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { addAdministrator, signInOnPage, unique } from './administrators.ts'
import { hasEnded, openWindow, sessionCookie } from './web-sessions.ts'

const MINUTE = 60_000

const { app, db, env } = await build(t)
const second = await buildOn(t, env)
const instances = [app, second.app]
const account = await addAdministrator(db)

t.test('no request that runs during a sign-out brings the session back [F2, T5]', async (t) => {
  const block = `/users/${account.id}/tokens/unblock`
  for (let round = 0; round < 50; round++) {
    const browser = await signInOnPage(app, account)
    const cookie = sessionCookie(browser)
    const { fields } = await browser.form('/', '/logout')
    // Leaves a notice, so that the next page has something to take out of the session.
    await browser.send('POST', block, fields)
    const running = [
      openWindow(browser, app).get(`/users/${account.id}`),
      openWindow(browser, second.app).get('/account'),
      openWindow(browser, app).send('POST', block, fields),
      openWindow(browser, second.app).send('POST', block, fields)
    ]
    for (let turn = 0; turn < round % 8; turn++) await new Promise(setImmediate)
    const out = await openWindow(browser, app).send('POST', '/logout', fields)
    t.match(out, { statusCode: 302, headers: { location: '/login?signed-out' } }, `round ${round}`)
    await hasEnded(t, instances, cookie, 'right after the sign-out, the session')
    for (const response of await Promise.all(running)) {
      t.match(response, { statusCode: /^(200|302|307)$/ }, 'a request that was running gets its response')
    }
    await hasEnded(t, instances, cookie, 'after the other requests, the session')
  }
  t.equal(await db.$count(session, eq(session.user_id, account.id)), 0, 'no session is stored')
})

t.test('a request that adds a notice after the sign-out does not bring the session back [F2, T5]', async (t) => {
  for (const instance of instances) {
    const browser = await signInOnPage(app, account)
    const cookie = sessionCookie(browser)
    const { fields } = await browser.form('/', '/logout')
    // Hashing a password takes long enough for the session to end before the request adds its notice.
    const adding = openWindow(browser, app).send('POST', '/users/new', {
      ...fields,
      username: unique('new'),
      password: ''
    })
    await db
      .update(session)
      .set({ last_used: fromNow(-MINUTE) })
      .where(eq(session.user_id, account.id))
    await openWindow(browser, instance).send('POST', '/logout', fields)
    t.equal((await adding).statusCode, 302)
    await hasEnded(t, instances, cookie, 'the session that a request wrote to after its end')
  }
  t.equal(await db.$count(session, eq(session.user_id, account.id)), 0, 'no session is stored')
})
