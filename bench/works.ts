// The list of works: what the benchmark measures, and what each connection sends.

import type { Request } from 'autocannon'
import type { Load } from './measure.ts'
import type { SetupName } from './servers.ts'
import type { Session } from './session.ts'

export interface Work extends Load {
  name: string
  /** Part of the quick run. */
  quick?: boolean
  /** By default both engines with their default settings. */
  setups: readonly SetupName[]
}

/** How many patients there are. */
export const PATIENTS = 1000
/** The limits of the lists. */
export const LIMITS = [1, 100, 1000]

const ENGINES = ['SQLite', 'PostgreSQL'] as const
const WITH_NORMAL = [...ENGINES, 'SQLite, NORMAL'] as const
const BODY = JSON.stringify({ comments: 'Seen on Monday.' })

export const works: Work[] = [
  { name: 'GET one patient', quick: true, connections: 32, setups: WITH_NORMAL, requests: getOne },
  { name: 'GET, 32 tokens, 1,000 ids', quick: true, connections: 32, setups: ENGINES, requests: getAny },
  { name: 'list of 100, nested', quick: true, connections: 32, setups: ENGINES, requests: list(100) },
  { name: 'list of 1, nested', connections: 32, setups: ENGINES, requests: list(1) },
  { name: 'list of 1,000, nested', connections: 4, setups: ENGINES, requests: list(1000) },
  { name: 'PATCH, 1,000 ids', quick: true, connections: 32, setups: WITH_NORMAL, requests: patch },
  { name: 'nine GET, one PATCH', connections: 32, setups: ENGINES, requests: mixed },
  { name: 'refresh: new access token', connections: 32, setups: ENGINES, requests: refresh },
  { name: 'rotate: new pair of tokens', connections: 32, setups: ENGINES, requests: rotate },
  { name: 'login', connections: 4, setups: ENGINES, requests: login },
  { name: 'admin page: list of users', connections: 8, setups: ENGINES, requests: adminPage },
  { name: 'GET one patient, alone', connections: 1, setups: ENGINES, requests: getOne },
  { name: 'GET one patient, many', connections: 256, setups: ENGINES, requests: getOne }
]

export function getOne(session: Session): Request[] {
  return [{ path: '/api/patient/1', headers: access(session, 0) }]
}

function getAny(session: Session, connection: number, connections: number): Request[] {
  return ownIds(connection, connections).map((id) => getOf(session, connection, id))
}

function getOf(session: Session, connection: number, id: number): Request {
  return { path: `/api/patient/${id}`, headers: access(session, connection) }
}

function list(limit: number) {
  return (session: Session): Request[] => [{ path: `/api/patient/?limit=${limit}`, headers: access(session, 0) }]
}

function patch(session: Session, connection: number, connections: number): Request[] {
  return ownIds(connection, connections).map((id) => patchOf(session, id))
}

function mixed(session: Session, connection: number, connections: number): Request[] {
  return ownIds(connection, connections).map((id, index) =>
    index % 10 === 9 ? patchOf(session, id) : getOf(session, connection, id)
  )
}

/** Returns the request that changes a patient. */
export function patchOf(session: Session, id: number): Request {
  const headers = { ...access(session, 0), 'content-type': 'application/json' }
  return { method: 'PATCH', path: `/api/patient/${id}`, headers, body: BODY }
}

function refresh(session: Session, connection: number): Request[] {
  return [{ path: '/api/auth/', headers: bearer(tokensOf(session, connection).refresh_token) }]
}

// A refresh token can be rotated once, so each request sends the token that the response before it brought.
function rotate(session: Session, connection: number): Request[] {
  const held = tokensOf(session, connection)
  return [
    {
      method: 'POST',
      path: '/api/auth/refresh',
      setupRequest: (request) => ({ ...request, headers: bearer(held.refresh_token) }),
      onResponse: (status, body) => {
        if (status === 200) Object.assign(held, JSON.parse(body))
      }
    }
  ]
}

function login(session: Session): Request[] {
  return [{ method: 'POST', path: '/api/auth/', headers: { 'content-type': 'application/json' }, body: session.login }]
}

function adminPage(session: Session): Request[] {
  return [{ path: '/', headers: { cookie: session.cookie, accept: 'text/html' } }]
}

/** Returns the ids that only this connection uses; together the connections use all. */
function ownIds(connection: number, connections: number): number[] {
  const count = Math.ceil((PATIENTS - connection) / connections)
  return Array.from({ length: count }, (_, index) => 1 + connection + index * connections)
}

/** Returns the Authorization header with one of the access tokens. */
export function access(session: Session, connection: number) {
  return bearer(tokensOf(session, connection).access_token)
}

function tokensOf({ tokens }: Session, connection: number): Session['tokens'][number] {
  const held = tokens[connection % tokens.length]
  if (!held) throw new Error('no tokens')
  return held
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}
