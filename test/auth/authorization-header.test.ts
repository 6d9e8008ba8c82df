// A token counts only in the Authorization header.

import t from 'tap'
import { build, logRows } from '../support/app.ts'
import { listen, sendRaw } from '../support/net.ts'
import { AUTH, RESOURCE, ROTATE } from '../support/tokens.ts'

const { app, db, log, signIn } = await build(t)
const port = await listen(app)

t.test('of two Authorization headers only the first counts [B1]', async (t) => {
  const { access_token } = await signIn('user')
  const send = (...tokens: string[]) =>
    sendRaw(
      port,
      [
        `GET ${RESOURCE} HTTP/1.1`,
        'Host: server.test',
        'Connection: close',
        ...tokens.map((token) => `Authorization: Bearer ${token}`),
        '',
        ''
      ].join('\r\n')
    )
  t.match(await send('junk', access_token), /^HTTP\/1\.1 401 /)
  t.match(await send(access_token, 'junk'), /^HTTP\/1\.1 200 /)
})

t.test(
  'a token in the query, the body, a cookie or another header is ignored, and no log has it [B10, B12]',
  async (t) => {
    const { access_token, refresh_token } = await signIn('user')
    const query = `access_token=${access_token}&token=${access_token}&jwt=${refresh_token}`
    const cookie = `access_token=${access_token}; token=${access_token}; session=${refresh_token}; sessionId=${access_token}`
    const json = { access_token, refresh_token, token: access_token }
    const responses = [
      await app.inject({ method: 'GET', url: `${RESOURCE}?${query}` }),
      await app.inject({ method: 'GET', url: `${AUTH}?${query}` }),
      await app.inject({ method: 'POST', url: RESOURCE, payload: { name: 'x', ...json } }),
      await app.inject({ method: 'POST', url: ROTATE, payload: json }),
      await app.inject({ method: 'GET', url: RESOURCE, headers: { cookie } }),
      await app.inject({ method: 'GET', url: AUTH, headers: { cookie } }),
      await app.inject({
        method: 'GET',
        url: RESOURCE,
        headers: { 'x-access-token': access_token, token: access_token }
      })
    ]
    t.strictSame(
      responses.map((response) => response.statusCode),
      Array(responses.length).fill(401)
    )
    const written = JSON.stringify(await logRows(db)) + log()
    t.match(written, RESOURCE, 'the requests are logged')
    for (const token of [access_token, refresh_token]) {
      const [, payload = '', signature = ''] = token.split('.')
      t.notOk(written.includes(payload) || written.includes(signature), 'their tokens are not')
    }
  }
)

t.test('the word Bearer may have any case, and spaces around the token do no harm [B11]', async (t) => {
  const { access_token } = await signIn('user')
  const statusWith = async (authorization: string) =>
    (await app.inject({ url: RESOURCE, headers: { authorization } })).statusCode
  for (const scheme of ['bearer ', 'BEARER ', 'BeArEr ', 'Bearer   ']) {
    const authorization = `${scheme}${access_token}`
    t.equal(await statusWith(authorization), 200, scheme)
    t.equal(await statusWith(`${authorization}  `), 200, `${scheme} and spaces at the end`)
    t.equal(await statusWith(`${authorization} ${access_token}`), 401, `${scheme} and two tokens`)
  }
})
