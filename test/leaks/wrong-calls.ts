// For every route the requests that fail: with wrong credentials, addresses, bodies and headers, and markers in all of them.

import { eq } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../../src/database/db.ts'
import { addRecord } from '../support/add-record.ts'
import type { Markers } from './markers.ts'
import { type Route, referencesOf, tableOf, tables, UNKNOWN } from './right-calls.ts'
import { type Call, encode, FORM } from './send.ts'
import type { Session } from './session.ts'

/** Returns wrong variants of a right request. `stranger` has no rights. A variant may succeed where it is not wrong. */
export function wrongCalls(right: Call, route: Route, markers: Markers, stranger: Session): Call[] {
  return [
    ...wrongCallers(right, markers, stranger),
    ...wrongAddresses(right, route, markers),
    ...wrongHeaders(right, markers),
    ...(right.body === undefined ? [] : wrongBodies(right, markers, route.policy === 'public'))
  ]
}

function wrongCallers(right: Call, { values }: Markers, stranger: Session): Call[] {
  const { authorization, cookie, ...headers } = right.headers
  const tokens = [stranger.access_token, stranger.refresh_token, values['garbage token'], `${stranger.access_token}x`]
  const credentials = [
    {},
    ...tokens.map((token) => ({ authorization: `Bearer ${token}` })),
    { authorization: `Basic ${values['garbage token']}` },
    { authorization: values['garbage token'] },
    { cookie: stranger.cookie },
    { cookie: `session=${values['garbage cookie']}; form=${values['garbage cookie']}` }
  ]
  return credentials.map((one) => ({ ...right, headers: { ...headers, ...one } }))
}

function wrongAddresses(right: Call, route: Route, { values }: Markers): Call[] {
  const [path] = right.path.split('?')
  const unknown = route.path.replace(/:\w+/g, (name) => UNKNOWN[name] ?? '1')
  const query = `access_token=${values.query}&limit=${values.query}&before=${values.query}&q=${values.query}`
  return [
    { ...right, path: `${path}?${query}` },
    { ...right, path: `${path}?%zz=${values.query}` },
    ...(unknown === route.path ? [] : [{ ...right, path: unknown }]),
    ...(unknown === route.path ? [] : [{ ...right, path: route.path.replace(/:\w+/g, 'x') }])
  ]
}

function wrongHeaders(right: Call, { values }: Markers): Call[] {
  const headers = [
    { 'if-match': '"77"' },
    { 'if-match': values.header },
    { 'idempotency-key': `${values['idempotency key']} ü` },
    { 'idempotency-key': values['idempotency key'].repeat(20) },
    { origin: `https://${values.header}.example` },
    { accept: values.header },
    { expect: values.header }
  ]
  return headers.map((one) => ({ ...right, headers: { ...right.headers, ...one } }))
}

function wrongJson(right: Call, { values }: Markers, isLogin: boolean): Call[] {
  const marked = values.text
  const wrong = (name: string) => (name.includes('password') ? values.password : marked)
  const fields = JSON.parse(right.body ?? '{}') as Record<string, unknown>
  const bodies = [
    `{"name":"${marked}`,
    `{"name":"${marked}"}`,
    JSON.stringify(marked),
    JSON.stringify({ ...fields, unexpected: marked }),
    `{"__proto__":"${marked}"}`,
    ...Object.keys(fields).map((name) => JSON.stringify({ ...fields, [name]: [wrong(name)] })),
    ...Object.keys(fields).map((name) => JSON.stringify({ ...fields, [name]: `${wrong(name)}\u0000` })),
    JSON.stringify({ ...fields, text: marked.repeat(5_000) }),
    ...(isLogin ? [JSON.stringify({ ...fields, username: values['tried name'] })] : []),
    JSON.stringify({ ...fields, password: values.password.repeat(2), old_password: values.password.repeat(2) })
  ]
  return [
    ...bodies.map((body) => ({ ...right, body })),
    { ...right, headers: { ...right.headers, 'content-type': 'text/plain' }, body: marked },
    { ...right, headers: { ...right.headers, 'content-type': 'application/json; charset=latin1' }, body: marked }
  ]
}

function wrongForms(right: Call, { values }: Markers, isLogin: boolean): Call[] {
  const { _csrf = '', ...fields } = Object.fromEntries(new URLSearchParams(right.body)) as Record<string, string>
  const marked = { ...fields, password: values.password, old_password: values.password, extra: values.text }
  const wrongPassword = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, name.includes('password') ? value.repeat(2) : value])
  )
  return [
    ...(isLogin ? [encode({ ...fields, username: values['tried name'], _csrf })] : []),
    encode({ ...wrongPassword, _csrf }),
    encode(fields),
    encode({ ...marked, _csrf: values['garbage cookie'] }),
    encode({ ...marked, _csrf }),
    `${encode({ _csrf, ...marked })}&%zz`,
    `${encode({ _csrf, ...marked })}&${encode(marked)}`,
    encode(Object.fromEntries(Object.keys(fields).map((name) => [name, `${values.text}\u0000`])))
  ].map((body) => ({ ...right, body }))
}

function wrongBodies(right: Call, markers: Markers, isLogin: boolean): Call[] {
  const type = right.headers['content-type']
  if (type === FORM['content-type']) return wrongForms(right, markers, isLogin)
  if (type === 'application/json') return wrongJson(right, markers, isLogin)
  return [{ ...right, body: markers.values.text }]
}

/** Returns requests that are in conflict with what the right one has done, or with other records. */
export async function conflictingCalls(right: Call, route: Route, db: Database): Promise<Call[]> {
  const calls = [right]
  if (right.headers['idempotency-key'] && right.body) {
    calls.push({ ...right, body: right.body.replace('"zqtext', '"other zqtext') })
  }
  const table = tableOf(route)
  if (route.method === 'DELETE' && table) {
    const used = await addUsedRecord(db, table)
    if (used) calls.push({ ...right, path: route.path.replace(':id', String(used)) })
  }
  return calls
}

/** Adds a record that another one refers to, so that it cannot be deleted, and returns its id. */
async function addUsedRecord(db: Database, table: PgTable): Promise<number | undefined> {
  for (const child of tables.values()) {
    const key = referencesOf(child).find(({ target, onDelete }) => target === table && onDelete !== 'cascade')
    if (!key || !('id' in child)) continue
    const { id, [key.field]: reference } = child as unknown as Record<string, AnyPgColumn>
    const added = await addRecord(db, child)
    const [row] = await db
      .select({ used: reference as AnyPgColumn })
      .from(child)
      .where(eq(id as AnyPgColumn, added))
    return row?.used as number
  }
  return undefined
}
