// However an address is spelled, the guards of its route apply.

import t from 'tap'
import type { Caller } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

const { app, port, user, send, bearer, signIn } = await buildListening(t)
const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
const plain = `/api/sample/${sample}`

const spellings = [
  plain,
  `${plain}/`,
  `${plain}//`,
  `/api/%73ample/${sample}`,
  `/%61pi/sample/${sample}`,
  `/api%2fsample%2f${sample}`,
  `/api/sample%2F${sample}`,
  `/API/sample/${sample}`,
  `/api/Sample/${sample}`,
  `//api/sample/${sample}`,
  `/api//sample/${sample}`,
  `/api/./sample/${sample}`,
  `/api/x/../sample/${sample}`,
  `/api/%2e/sample/${sample}`,
  `/api/auth/../sample/${sample}`,
  `/health/live/../../api/sample/${sample}`,
  `/health/live/..%2f..%2fapi/sample/${sample}`,
  `/health/live;/api/sample/${sample}`,
  `/health/live%3f/api/sample/${sample}`,
  `/health/live?/api/sample/${sample}`,
  `/api/sample;x/${sample}`,
  `${plain};x`,
  `${plain}?x`,
  `${plain}?`,
  `${plain}#x`,
  `${plain}%20`,
  `${plain}%2f`,
  `${plain}%3f`,
  `${plain}.json`,
  `/api/sample/0${sample}`,
  `/api/sample/+${sample}`,
  `/api/sample/${sample}.0`,
  `/api/sample/%3${sample}`,
  `http://x${plain}`,
  `http://user:password@x${plain}`,
  `HTTPS://x${plain}`
]

t.test('no spelling of an address gives access to clients that may not use the address [D2]', async (t) => {
  const callers: Record<string, Caller | undefined> = {
    'no token': undefined,
    'no role': await signIn(),
    'another role': await signIn('admin')
  }
  for (const [who, caller] of Object.entries(callers)) {
    const headers = caller ? { authorization: `Bearer ${caller.access_token}` } : {}
    for (const path of spellings) {
      for (const method of ['GET', 'HEAD', 'DELETE']) {
        const { status, body } = await send(method, path, { headers })
        const isPublic = path.startsWith('/health/live?') && method !== 'DELETE'
        if (isPublic) t.match(body, method === 'GET' ? '{"status":"ok"}' : /^$/, `${who}: ${method} ${path}`)
        else t.ok(status >= 400, `${who}: ${method} ${path} is ${status}`)
        t.notMatch(body, /Weight/)
      }
    }
  }
  t.equal((await user.get(plain)).statusCode, 200, 'the record still exists')
})

t.test('an address that is not a path is rejected, even for a client that may use the resource [D2]', async (t) => {
  for (const path of [`\\api\\sample\\${sample}`, `http:${plain}`, `*${plain}`, plain.slice(1)]) {
    const lines = [`DELETE ${path} HTTP/1.1`, 'Host: x', 'Connection: close', `Authorization: ${bearer.authorization}`]
    const response = await sendRaw(port, `${lines.join('\r\n')}\r\n\r\n`)
    t.match(response, /^HTTP\/1\.1 40[04] /, path)
  }
  t.equal((await user.get(plain)).statusCode, 200, 'the record still exists')
})

t.test('an encoded letter means the letter, for a client that may read the resource [D2]', async (t) => {
  const encoded = await send('GET', `/api/%73ample/${sample}`, { headers: bearer })
  t.equal(encoded.status, 200)
})

t.test('a trailing slash is optional', async (t) => {
  for (const path of ['/api/part', '/api/sample', plain, '/health/live', '/health/ready']) {
    const [without, slash] = [await user.get(path), await user.get(`${path}/`)]
    t.equal(without.statusCode, 200, path)
    t.equal(slash.payload, without.payload, `${path}/`)
  }
  for (const url of ['/api/auth', '/api/auth/']) {
    t.equal((await app.inject({ method: 'POST', url, payload: {} })).statusCode, 400, url)
  }
  for (const url of ['/api/sample', '/api/sample/']) {
    t.equal((await user.post(url, { name: 'Pulse' })).statusCode, 201, url)
  }
})
