// What never reaches a route: bytes that Node's parser rejects, and addresses that the router rejects.

import { sendRaw } from '../support/net.ts'
import type { Kind, Markers } from './markers.ts'

/** Sends broken requests with markers in every part. Returns their statuses, and calls `leaked` with markers in a response. */
export async function sendBroken(port: number, { values, find }: Markers, leaked: (what: string) => void) {
  const { header, query, text } = values
  const secrets = [
    `Authorization: Bearer ${values['garbage token']}`,
    `Cookie: session=${values['garbage cookie']}`,
    `User-Agent: ${values['user agent']}`
  ]
  const requests = [
    ['GET /health/live HTTP/1.1', 'Host: x', `Expect: ${header}`],
    [`GET /%zz?${query} HTTP/1.1`, 'Host: x'],
    [`GET /health/live?%zz=${query} HTTP/1.1`, 'Host: x'],
    [`GET http://x/health/live?q=${query}#${query} HTTP/1.1`, 'Host: x'],
    [`GET /health/live?q=${query}`, 'Host: x'],
    [`GET /nowhere?q=${query} HTTP/1.1`, 'Host: x'],
    [`TRACE /nowhere?q=${query} HTTP/1.1`, 'Host: x'],
    [`OPTIONS /health/live?q=${query} HTTP/1.1`, 'Host: x', `Access-Control-Request-Headers: ${header}`],
    [`PROPFIND /nowhere?q=${query} HTTP/1.1`, 'Host: x'],
    [`GET /health/live?q=${query} HTTP/1.1`],
    [`GET /health/live?q=${query} HTTP/1.1`, 'Host: x', `Host: ${header}`],
    [`GET /health/live?q=${query} HTTP/1.1`, 'Host: x', `A : ${header}`],
    [`GET /health/live?q=${query} HTTP/1.1`, 'Host: x', `A: ${header.repeat(1000)}`],
    [`GET /health/live?q=${query} HTTP/1.1`, 'Host: x', `A: ${header}\u0000`],
    [`GET /${'x'.repeat(200)}?q=${query.repeat(1000)} HTTP/1.1`, 'Host: x'],
    [`CONNECT x:443?q=${query} HTTP/1.1`, 'Host: x'],
    ['POST /api/auth/ HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', `z${text}`],
    ['POST /api/auth/ HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', `1;${text.repeat(1000)}`],
    ['POST /api/auth/ HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Content-Length: 6', '', text],
    ['POST /login HTTP/1.1', 'Host: x', `Content-Length: ${text}`, '', text],
    [`${text} ${text}`]
  ]
  const statuses = new Set<number>()
  for (const [line = '', ...rest] of requests) {
    const response = await sendRaw(port, [line, ...secrets, 'Connection: close', ...rest, '', ''].join('\r\n'))
    statuses.add(Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1]))
    const found: Kind[] = find(response)
    if (found.length > 0) leaked(`${found.join(', ')} in the response to ${line.slice(0, 60)}: ${response}`)
  }
  return statuses
}
