// The Host header and the absolute form of an address do not change which resource is meant, or the links sent back.

import t from 'tap'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

const { port, user, send, bearer } = await buildListening(t)

t.test('a request without exactly one Host header is rejected and not executed [G10]', async (t) => {
  for (const hosts of ['', 'Host: a\r\nHost: b\r\n', 'Host: a\r\nhost: a\r\n']) {
    const response = await sendRaw(port, `GET /health/live HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    t.match(response, /^HTTP\/1\.1 400 /, JSON.stringify(hosts))
  }
  const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const hosts = 'Host: a\r\nHost: b'
  const authorization = `Authorization: ${bearer.authorization}`
  const rejected = await sendRaw(
    port,
    `DELETE /api/sample/${sample} HTTP/1.1\r\n${hosts}\r\n${authorization}\r\nConnection: close\r\n\r\n`
  )
  t.match(rejected, /^HTTP\/1\.1 400 /)
  t.equal((await user.get(`/api/sample/${sample}`)).statusCode, 200, 'the record still exists')
})

t.test('links do not contain the Host header [G10]', async (t) => {
  const created = await send('POST', '/api/sample/', {
    headers: {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'content-type': 'application/json',
      ...bearer
    },
    body: '{"name":"Height"}'
  })
  t.equal(created.status, 201)
  t.match(String(created.headers.location), /^\/api\/sample\/\d+$/)
  t.notMatch(JSON.stringify(created), /evil/)
})

t.test('an address in absolute form means its path', async (t) => {
  for (const origin of ['http://x', 'HTTP://x:80', 'https://other.example', 'http://x?y=http://z']) {
    const target = origin.includes('?') ? origin : `${origin}/health/live`
    const { status } = await send('GET', target)
    t.equal(status, origin.includes('?') ? 302 : 200, target)
  }
  t.equal((await send('GET', 'http://x/api/part/')).status, 401)
  t.equal((await send('GET', 'http://x/nowhere')).status, 404)
  t.equal((await send('GET', 'ftp://x/health/live')).status, 404)
})
