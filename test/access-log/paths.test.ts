// How the path of a request is stored: as one line of ASCII, cut, without query string and origin.

import fc from 'fast-check'
import t from 'tap'
import { loggedPath, PATH_LENGTH } from '../../plugins/access-log/path.ts'
import { logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { rowsAfter } from '../support/log-rows.ts'
import { sendRaw } from '../support/net.ts'
import { anyText, escaped, holds } from '../support/properties.ts'

t.test('no path breaks a row or a line of the process log [E8]', async (t) => {
  const { db, port, log } = await buildListening(t)
  const paths: [path: string, status: number, logged?: string][] = [
    [`/${'a'.repeat(10_000)}`, 404, `/${'a'.repeat(999)}`],
    [`/${'%F0%9F%A9%BA'.repeat(800)}`, 404, `/${'%F0%9F%A9%BA'.repeat(800)}`.slice(0, 1000)],
    ['/a%0d%0aSet-Cookie:%20a=b', 404],
    ['/%1b[31mred', 404],
    ['/api/%73ample/%31', 401, '/api/sample/1'],
    ['/%7Euser%2Fa%2eb', 404, '/~user%2Fa.b'],
    ['/%00', 400],
    ['/api/sample/%00', 400],
    ['/%e2%80%ae', 404],
    ['/%ed%a0%80', 400],
    ['/"double"\'single\'', 404],
    ["/';drop%20table%20access_log;--", 404],
    ['/<script>alert(1)</script>', 404],
    ['/{{7*7}}%24%7B7*7%7D', 404],
    ['/%n%s%d', 400],
    ['/=cmd()', 404],
    ['//', 302]
  ]
  const start = (await logRows(db)).length
  for (const [index, [path, status, logged = path]] of paths.entries()) {
    const response = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    t.match(response, new RegExp(`^HTTP/1\\.1 ${status} `), path.slice(0, 50))
    t.equal((await rowsAfter(db, start + index))[0]?.path, logged)
  }
  await sendRaw(port, Buffer.from('GET /🩺é HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
  const [raw] = await rowsAfter(db, start + paths.length)
  t.match(raw?.path, /^\/[!-~]+$/, 'raw bytes are logged as printable ASCII')
  t.equal((await logRows(db)).length, start + paths.length + 1, 'one row each')
  for (const line of log().split('\n').filter(Boolean)) {
    t.type(JSON.parse(line).time, 'number')
    t.match(line, /^[^\p{Cc}\u2028\u2029]*$/u, 'a line of the process log has no control characters')
  }
})

t.test('the query string is not stored, and an address in absolute form is stored as its path [E10]', async (t) => {
  const { db, port } = await buildListening(t)
  const large = `A: ${'a'.repeat(17_000)}`
  const requests: [line: string, path: string, header?: string][] = [
    ['GET /api/part/?name=Miller', '/api/part/'],
    ['GET /api/part/?', '/api/part/'],
    ['GET /api/part/?a?b=Miller', '/api/part/'],
    ['GET /nowhere?name=Miller', '/nowhere'],
    ['GET /api/part/#name=Miller', '/api/part/'],
    ['GET /%zz?name=Miller', '/%zz'],
    ['GET /api/part/?name=Miller', '/api/part/', large],
    ['GET /api/part/?name=Miller', '/api/part/', 'Expect: junk'],
    ['GET http://x/api/part/?name=Miller', '/api/part/'],
    ['GET HTTPS://Miller@x:443/api/part/', '/api/part/'],
    ['GET http://x/%zz', '/%zz'],
    ['GET http://x', '/'],
    ['GET http://x?name=Miller', '/'],
    ['GET http://Miller@x/api/part/?name=Miller', '/api/part/', 'Expect: junk'],
    ['GET http://Miller@x/api/part/?name=Miller', '/api/part/', large]
  ]
  const start = (await logRows(db)).length
  for (const [index, [line, path, header = 'A: b']] of requests.entries()) {
    await sendRaw(port, `${line} HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`)
    t.equal((await rowsAfter(db, start + index))[0]?.path, path, `${line} ${header.slice(0, 20)}`)
  }
  t.notMatch(JSON.stringify(await logRows(db)), /Miller/)
})

t.test('loggedPath returns printable ASCII, cut, and without the query string [E8]', async (t) => {
  const paths: [target: string, logged: string][] = [
    ['/api/sample/?name=Ada', '/api/sample/'],
    ['/?', '/'],
    ['?x', '/'],
    ['', '/'],
    ['/a#b', '/a'],
    ['http://user@host/a?b', '/a'],
    ['/a?b?c', '/a'],
    ['/%0d%0a%1b%00', '/%0d%0a%1b%00'],
    ['/a b\r\n\t\x1b[31m\0\x7f', '/a%20b%0D%0A%09%1B[31m%00%7F'],
    [`/'"<script>`, `/'"<script>`],
    [Buffer.from('/é').toString('latin1'), '/%C3%A9'], // Node gives each byte as one character
    [`/${'x'.repeat(10_000)}`, `/${'x'.repeat(PATH_LENGTH - 1)}`]
  ]
  for (const [target, logged] of paths) t.equal(loggedPath(target), logged, escaped(target.slice(0, 40)))
  const loneSurrogates = fc
    .array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)))
    .map((units) => units.join(''))
  const aroundTheLimit = fc.string({ unit: 'binary', minLength: 900, maxLength: 1100 })
  holds(t, fc.oneof(anyText, aroundTheLimit, loneSurrogates), (target) => {
    const logged = loggedPath(target)
    return /^[\x21-\x7e]*$/.test(logged) && !logged.includes('?') && logged.length <= PATH_LENGTH
  })
  // Encoded letters, digits and -._~ are stored decoded, so they are left out here.
  const asStored = fc.webPath().filter((path) => !/%(2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i.test(path))
  holds(t, asStored, (path) => loggedPath(`${path}?query`) === (path.slice(0, PATH_LENGTH) || '/'))
})
