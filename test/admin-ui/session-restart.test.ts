// Sessions survive a restart of the server. With another secret key they end, and nobody can read their notices.

import { randomBytes } from 'node:crypto'
import cookies from '@fastify/cookie'
import t from 'tap'
import { build, buildOn } from '../support/app.ts'
import { text } from '../support/pages.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { openWindow, openWith, sessionCookie } from './web-sessions.ts'

const TO_LOGIN = { statusCode: 302, headers: { location: '/login' } }

t.test('a session survives a restart, and ends with the key that signed its cookie', async (t) => {
  const first = await build(t)
  const account = await addAdministrator(first.db, ['admin'])
  const browser = await signInOnPage(first.app, account)
  const { fields } = await browser.form('/', '/logout')
  await browser.send('POST', `/users/${account.id}/tokens/unblock`, fields) // leaves a notice
  const cookie = sessionCookie(browser)
  await first.app.close()

  const SECRET_KEY = randomBytes(32).toString('hex')
  const rekeyed = await buildOn(t, { ...first.env, SECRET_KEY })
  t.match(await openWith(rekeyed.app, cookie), TO_LOGIN)
  const id = String(cookies.unsign(cookie, first.config.secretKey).value)
  const resigned = await openWith(rekeyed.app, cookies.sign(id, SECRET_KEY))
  t.equal(resigned.statusCode, 200)
  t.notMatch(resigned.payload, 'role="status"', 'without its key the notice cannot be read')

  const restarted = await buildOn(t, first.env)
  const wrongKey = await openWith(restarted.app, cookies.sign(id, SECRET_KEY))
  t.equal(wrongKey.statusCode, 302, 'a cookie that the other key signed is rejected')
  const page = await openWindow(browser, restarted.app).get('/')
  t.match(text(page.payload), `Signed in as ${account.username}`)
  t.match(
    text(page.payload),
    'All tokens that an administrator had blocked work again.',
    'with its key the notice is shown'
  )
})
