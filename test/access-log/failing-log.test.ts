// A request that cannot be logged fails, so that no data leaves without a row.

import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { execute, logRows, withToken } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

t.test(
  'a request that cannot be logged gets 503 without data, and its change is complete or absent [E5]',
  async (t) => {
    const { app, db, port, user } = await buildListening(t)
    const id = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
    await execute(db, 'alter table access_log rename to access_log_away')

    const credentials = { username: user.username, password: user.password }
    const responses: Record<string, LightMyRequestResponse> = {
      'a list': await user.get('/api/sample/'),
      'a record': await user.get(`/api/sample/${id}`),
      'an unchanged record': await user.get(`/api/sample/${id}`, { 'if-none-match': '*' }),
      'a creation': await user.post('/api/sample/', { name: 'Height' }),
      'an update': await user.put(`/api/sample/${id}`, { name: 'Mass' }),
      'invalid input': await user.post('/api/sample/', { name: 5 }),
      'a login': await app.inject({ method: 'POST', url: '/api/auth/', payload: credentials }),
      'a refresh': await withToken(app, 'GET', '/api/auth/', user.refresh_token),
      'no token': await app.inject('/api/sample/'),
      'no route': await app.inject('/nowhere'),
      'no method': await app.inject({ method: 'OPTIONS', url: '/api/sample/' })
    }
    for (const [what, response] of Object.entries(responses)) {
      t.equal(response.statusCode, 503, what)
      const { requestId, ...body } = response.json()
      t.strictSame(body, {
        statusCode: 503,
        error: 'Service Unavailable',
        message: 'The server cannot do this now. Try again',
        code: 'UNAVAILABLE'
      })
      t.equal(requestId, response.headers['x-request-id'])
      for (const header of ['etag', 'location', 'last-modified', 'set-cookie']) {
        t.equal(response.headers[header], undefined, `no ${header}`)
      }
      t.equal(response.headers['retry-after'], '1')
      t.equal(Number(response.headers['content-length']), Buffer.byteLength(response.payload))
    }
    const head = await user.call('HEAD', `/api/sample/${id}`)
    t.equal(head.statusCode, 503)
    t.equal(head.headers.etag, undefined)
    t.equal(head.payload, '')
    t.match(await sendRaw(port, 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 503 /)
    for (const url of ['/health/live', '/health/ready']) {
      t.equal((await app.inject(url)).payload, '{"status":"ok"}', `${url} still works, because it shows no data`)
    }

    await execute(db, 'alter table access_log_away rename to access_log')
    const { samples } = (await user.get('/api/sample/')).json<{ samples: { id: number; name: string }[] }>()
    const [first, ...others] = samples
    t.equal(first?.id, id)
    t.ok(['Weight', 'Mass'].includes(String(first?.name)), 'the update is complete or absent')
    t.ok(others.every(({ name }) => name === 'Height') && others.length <= 1, 'the creation is complete or absent')
    t.equal((await logRows(db)).at(-1)?.path, '/api/sample/', 'logging goes on without a restart')
  }
)
