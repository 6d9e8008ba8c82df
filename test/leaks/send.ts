// Sends requests, and searches every response for markers that it must not contain.

import { type OutgoingHttpHeaders, request } from 'node:http'
import type { RouteEntry } from '../../plugins/roles/policy.ts'
import { forms } from '../support/pages.ts'
import type { Kind, Markers } from './markers.ts'

export interface Call {
  /** The method and the path of the route, such as GET /users/:id. */
  route: string
  method: string
  path: string
  headers: OutgoingHttpHeaders
  body?: string
}

export interface Response {
  status: number
  body: string
  /** The cookies that it sets, as a request sends them. */
  cookie: string
  /** The token of the forms on the page. */
  csrf: string
}

export type Send = ReturnType<typeof createSend>

/**
 * Returns a function that sends a call with markers in its headers. It learns the tokens and cookies of the response, and
 * calls `leaked` with markers that the response must not contain, and `answered` with every status.
 */
export function createSend(
  port: number,
  markers: Markers,
  routes: RouteEntry[],
  { leaked, answered }: { leaked: (what: string) => void; answered: (call: Call, status: number) => void }
) {
  const byName = new Map(routes.map((route) => [nameOf(route), route]))

  return async (call: Call): Promise<Response> => {
    const marked = withMarkers(call, markers)
    const { status, headers, body } = await exchange(port, marked)
    answered(marked, status)
    const { 'set-cookie': cookies = [], ...others } = headers
    const text = `${JSON.stringify(others)}\n${body}`
    const found = markers.find(text).filter((kind) => !mayHold(kind, status, byName.get(call.route)))
    if (found.length > 0) leaked(`${found.join(', ')} in the response ${status} to ${call.route}: ${text.slice(-1000)}`)

    const cookie = cookies.map((one) => one.split(';', 1)[0] ?? '')
    for (const pair of cookie) {
      const value = decodeURIComponent(pair.slice(pair.indexOf('=') + 1))
      markers.learn('cookie', value, value.split('.', 1)[0])
    }
    const csrf = forms(body).map(({ fields }) => fields._csrf)[0]
    markers.learn('form token', typeof csrf === 'string' ? csrf : undefined)
    learnTokens(body, markers)
    return { status, body, cookie: cookie.join('; '), csrf: String(csrf) }
  }
}

/**
 * Whether the owner of what a marker stands for gets it in this response: records by the API, tokens by a login, and on the
 * pages what somebody has typed into them, or the browsers of their sessions.
 */
function mayHold(kind: Kind, status: number, route: RouteEntry | undefined): boolean {
  if (!route || status >= 500) return false
  if (route.path.startsWith('/login')) return kind === 'tried name' || kind === 'form text' // the form is shown again
  if (route.session) return ['form text', 'text', 'query', 'user agent'].includes(kind)
  if (status >= 400) return false
  if (route.path.startsWith('/api/auth')) return kind === 'access token' || kind === 'refresh token'
  return kind === 'text' && route.path.startsWith('/api/') && Array.isArray(route.policy)
}

function learnTokens(body: string, markers: Markers): void {
  if (!body.startsWith('{')) return
  const { access_token, refresh_token } = JSON.parse(body) as Record<string, unknown>
  for (const [kind, token] of Object.entries({ 'access token': access_token, 'refresh token': refresh_token })) {
    if (typeof token !== 'string') continue
    markers.learn(kind as 'access token', token, token.split('.').at(-1))
  }
}

function withMarkers(call: Call, { values }: Markers): Call {
  const headers = {
    'user-agent': `browser ${values['user agent']}`,
    referer: `http://127.0.0.1/?q=${values.query}`,
    'x-request-id': values.header,
    'x-custom': values.header,
    'accept-language': values.header,
    ...call.headers
  }
  const cookie = [call.headers.cookie, `other=${values['garbage cookie']}`].filter(Boolean).join('; ')
  return { ...call, headers: { ...headers, cookie } }
}

function exchange(port: number, { method, path, headers, body = '' }: Call) {
  return new Promise<{ status: number; headers: OutgoingHttpHeaders & { 'set-cookie'?: string[] }; body: string }>(
    (resolve, reject) => {
      const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
      request({ host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('error', () => {}) // a file can end early, when the database fails
        response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      })
        .on('error', reject)
        .end(body)
    }
  )
}

export function nameOf({ method, path }: { method: string; path: string }): string {
  return `${method} ${path}`
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** Returns a form as a browser sends it. */
export function encode(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString()
}
