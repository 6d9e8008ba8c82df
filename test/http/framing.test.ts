// Where one request ends and the next begins is never open to interpretation, so no request can be smuggled.

import t from 'tap'
import { logRows } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

const { db, port, user } = await buildListening(t)

t.test('ambiguous framing is rejected with 400, and a request hidden behind it is never executed [G9]', async (t) => {
  const sample = (await user.post('/api/sample/', { name: 'Weight' })).json<{ id: number }>().id
  const authorization = `Authorization: Bearer ${user.access_token}`
  const hidden = `DELETE /api/sample/${sample} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`
  for (const [what, bytes] of Object.entries(attacks(hidden))) {
    const response = await sendRaw(port, Buffer.from(bytes, 'latin1'))
    t.match(response, /^HTTP\/1\.1 400 /, what)
    t.equal(response.match(/^HTTP\/1\.1 /gm)?.length, 1, 'one response')
    t.match(response, /^connection: close\r$/im)
  }
  t.equal((await user.get(`/api/sample/${sample}`)).statusCode, 200, 'the record still exists')
  const deletions = (await logRows(db)).filter((row) => row.method === 'DELETE' && row.status < 400)
  t.strictSame(deletions, [], 'no record was deleted')
})

t.test('pipelined requests get their responses in order', async (t) => {
  const response = await sendRaw(
    port,
    [
      'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /api/part/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    ].join('')
  )
  t.strictSame(
    [...response.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status),
    ['200', '404', '401']
  )
})

// CL is Content-Length, TE is Transfer-Encoding.
function attacks(hidden: string): Record<string, string> {
  const post = (headers: string, body: string, end = '\r\n') =>
    ['POST /api/auth/ HTTP/1.1', 'Host: x', 'Content-Type: application/json', headers, '', body].join(end)
  const empty = '0\r\n\r\n'
  return {
    'CL and TE': post('Content-Length: 5\r\nTransfer-Encoding: chunked', empty + hidden),
    'TE and CL': post('Transfer-Encoding: chunked\r\nContent-Length: 5', empty + hidden),
    'two CLs': post('Content-Length: 0\r\nContent-Length: 5', hidden),
    'two equal CLs': post('Content-Length: 0\r\nContent-Length: 0', hidden),
    'a list of CLs': post('Content-Length: 0, 5', hidden),
    'a signed CL': post('Content-Length: +0', hidden),
    'a negative CL': post('Content-Length: -1', hidden),
    'a hexadecimal CL': post('Content-Length: 0x0', hidden),
    'an enormous CL': post(`Content-Length: ${'9'.repeat(30)}`, hidden),
    'TE xchunked': post('Transfer-Encoding: xchunked', empty + hidden),
    'TE chunked, identity': post('Transfer-Encoding: chunked, identity', empty + hidden),
    'TE identity': post('Transfer-Encoding: identity', empty + hidden),
    'TE with a vertical tab': post('Transfer-Encoding: \vchunked', empty + hidden),
    'bare LF': post('Content-Length: 0', hidden, '\n'),
    'bare LF in a header': post('A: b\nContent-Length: 0', hidden),
    'bare CR in a header': post('A: b\rContent-Length: 0', hidden),
    'obs-fold': post('A: b\r\n Transfer-Encoding: chunked', empty + hidden),
    'a folded TE': post('Transfer-Encoding:\r\n chunked', empty + hidden),
    'a space before the colon': post('Transfer-Encoding : chunked', empty + hidden),
    'a space before the first header': `GET / HTTP/1.1\r\n Host: x\r\n\r\n${hidden}`,
    'NUL in a header': post('A: b\0c\r\nContent-Length: 0', hidden),
    'NUL in the name of a header': post('A\0: b\r\nContent-Length: 0', hidden),
    'a header without a name': post(': b\r\nContent-Length: 0', hidden),
    'a chunk size that is not a hexadecimal number': post('Transfer-Encoding: chunked', `0x0\r\n\r\n${hidden}`),
    'a chunk that ends with LF': post('Transfer-Encoding: chunked', `0\n\n${hidden}`),
    'a chunk longer than its size': post('Transfer-Encoding: chunked', `1\r\nxx\r\n0\r\n\r\n${hidden}`),
    'an HTTP version that does not exist': `GET / HTTP/1.2\r\nHost: x\r\n\r\n${hidden}`,
    'a control character in the path': `GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`,
    'bytes of another protocol': `\x16\x03\x01\x02\x00\x01\x00\r\n\r\n${hidden}`
  }
}
