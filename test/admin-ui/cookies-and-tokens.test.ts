// The pages accept sessions only and the API accepts tokens only. The API never sets a cookie.

import cookies from '@fastify/cookie'
import t from 'tap'
import { build, signInAs } from '../support/app.ts'
import { addAdministrator, PASSWORD, signInOnPage } from './administrators.ts'
import { openWith, sessionCookie } from './web-sessions.ts'

const { app, db, config } = await build(t)
const account = await addAdministrator(db)

t.test('a token opens no page [B12]', async (t) => {
  const { access_token, refresh_token } = await signInAs(app, account)
  for (const token of [access_token, refresh_token]) {
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { cookie: `session=${token}` },
      { cookie: `session=${cookies.sign(token, config.secretKey)}` },
      { cookie: `access_token=${token}; access_token_cookie=${token}; token=${token}` }
    ]) {
      const response = await app.inject({ url: '/', headers })
      t.match(response, { statusCode: 302, headers: { location: '/login' } }, Object.keys(headers).join())
    }
  }
})

t.test('a session is not accepted by the API, and the API sets no cookie [B12]', async (t) => {
  const cookie = sessionCookie(await signInOnPage(app, account))
  const id = cookies.unsign(cookie, config.secretKey).value
  const bearers = [undefined, cookie, id, `session=${cookie}`]
  const routes = app.routePolicies().filter(({ path }) => /^\/(api|health)/.test(path))
  t.ok(routes.length > 20)
  const unrouted = [{ method: 'GET', path: '/api/nothing', policy: 'public' as const }]
  for (const { method, path, policy } of [...routes, ...unrouted]) {
    for (const bearer of bearers) {
      const response = await app.inject({
        method: method as 'GET',
        url: path.replace(':id', '1'),
        headers: { cookie: `session=${cookie}`, ...(bearer && { authorization: `Bearer ${bearer}` }) }
      })
      if (policy !== 'public') t.equal(response.statusCode, 401, `${method} ${path} with a session`)
      t.equal(response.headers['set-cookie'], undefined, `${method} ${path} sets no cookie`)
    }
  }
  const login = await app.inject({
    method: 'POST',
    url: '/api/auth/',
    payload: { username: account.username, password: PASSWORD }
  })
  t.equal(login.statusCode, 200)
  t.equal(login.headers['set-cookie'], undefined)
  t.equal((await openWith(app, cookie)).statusCode, 200, 'the session is still open')
})
