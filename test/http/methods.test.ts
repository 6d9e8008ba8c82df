// What the method of a request may be, and that nothing except the request line can set it.

import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

const { app, port, user, send, bearer, signIn } = await buildListening(t)
const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id

t.test('a method that a route does not have gets 405 with Allow, and OPTIONS gets 204 [G13]', async (t) => {
  const routes = methodsByPath()
  t.ok(routes.size >= 12, 'these are all routes')
  for (const [path, { methods, session }] of routes) {
    const allow = [...methods].sort().join(', ')
    const url = path.replace(':id', '1')
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE']) {
      if (methods.has(method)) continue
      const response = await send(method, url)
      t.equal(response.status, 405, `${method} ${url}`)
      t.equal(response.headers.allow, allow)
      if (method === 'HEAD') continue
      if (session) t.match(response.body, /<h1>Method Not Allowed<\/h1>/)
      else t.equal(JSON.parse(response.body).code, 'METHOD_NOT_ALLOWED')
    }
    for (const spelling of [url, `${url}/`, `${url}?x=1`]) {
      const options = await send('OPTIONS', spelling)
      t.equal(options.status, 204, `OPTIONS ${spelling}`)
      t.equal(options.headers.allow, allow)
      t.equal(options.body, '')
    }
  }
})

t.test('an unknown address gets 404 with every method [G13]', async (t) => {
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE']) {
    t.equal((await send(method, '/nowhere')).status, 404, `${method} /nowhere`)
  }
})

t.test('QUERY, CONNECT, unknown methods and TRACE are rejected [G13]', async (t) => {
  const query = await send('QUERY', '/api/sample/')
  t.equal(query.status, 405, 'QUERY, with or without a body')
  t.equal(query.headers.allow, 'GET, HEAD, OPTIONS, POST')
  t.match(await sendRaw(port, 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'), /^HTTP\/1\.1 405 /)
  t.match(await sendRaw(port, 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 400 /, 'an unknown method')
  const trace = await send('TRACE', '/health/live', { headers: { 'x-secret': 'not to be echoed' } })
  t.notMatch(trace.body, /echoed/)
})

t.test('headers and fields that ask for another method or address have no effect [G14]', async (t) => {
  const overrides = {
    'x-http-method-override': 'DELETE',
    'x-http-method': 'DELETE',
    'x-method-override': 'DELETE',
    'x-original-url': `/api/sample/${sample}`,
    'x-rewrite-url': `/api/sample/${sample}`,
    'x-forwarded-uri': `/api/sample/${sample}`
  }
  for (const [name, value] of Object.entries(overrides)) {
    const read = await user.get(`/api/sample/${sample}`, { [name]: value })
    t.equal(read.json().name, 'Weight', name)
    const health = await user.call('GET', '/health/live', undefined, { [name]: value })
    t.strictSame(health.json(), { status: 'ok' })
    const nowhere = await user.call('POST', '/nowhere', {}, { [name]: value })
    t.equal(nowhere.statusCode, 404)
  }
  for (const payload of [{ _method: 'DELETE' }, { name: 'Mass', _method: 'DELETE' }]) {
    t.equal((await user.put(`/api/sample/${sample}`, payload)).statusCode, 400, '_method is an unknown field')
  }
  t.equal((await user.get('/api/sample/?_method=DELETE')).statusCode, 400)
  t.equal((await user.get(`/api/sample/${sample}`)).json().name, 'Weight')
})

t.test('HEAD gets the headers of GET without a body, and has the same guards [G15]', async (t) => {
  const headersOf = ({ date, 'x-request-id': _, ...headers }: IncomingHttpHeaders) => headers
  for (const path of ['/api/sample/', `/api/sample/${sample}`, '/api/sample/999', '/health/ready', '/nowhere']) {
    for (const headers of [{}, bearer]) {
      const get = await send('GET', path, { headers })
      const head = await send('HEAD', path, { headers })
      t.equal(head.status, get.status, `${path} is ${get.status}`)
      t.equal(head.body, '')
      t.strictSame(headersOf(head.headers), headersOf(get.headers))
    }
  }
  const { access_token } = await signIn()
  const { status } = await send('HEAD', '/api/sample/', { headers: { authorization: `Bearer ${access_token}` } })
  t.equal(status, 403)
})

/** Returns the methods of each route by its path, and whether the route is a page. */
function methodsByPath(): Map<string, { methods: Set<string>; session: boolean }> {
  const routes = new Map<string, { methods: Set<string>; session: boolean }>()
  for (const { method, path, session } of app.routePolicies()) {
    const entry = routes.get(path) ?? { methods: new Set(['OPTIONS']), session }
    routes.set(path, entry)
    entry.methods.add(method)
  }
  return routes
}
