// For every route a request that succeeds, made of its schemas: with markers in all texts.

import { randomUUID } from 'node:crypto'
import type { TArray, TObject, TSchema } from '@sinclair/typebox'
import { type Column, getTableColumns, getTableName, is, Table } from 'drizzle-orm'
import { type PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { RouteEntry } from '../../plugins/roles/policy.ts'
import { engine } from '../../src/config.ts'
import { schema } from '../../src/database/db.ts'
import { addRecord } from '../support/add-record.ts'
import { freshDate, freshEmail, freshInstant, freshNumber, freshText, freshUrl } from '../support/fresh-values.ts'
import { part } from '../support/part/table.ts'
import { sample } from '../support/sample/table.ts'
import { ticket } from '../support/ticket/table.ts'
import { ticketSample } from '../support/ticket/ticket-sample.ts'
import type { Markers } from './markers.ts'
import { pageCall } from './page-calls.ts'
import { type Call, nameOf, type Send } from './send.ts'
import type { Session } from './session.ts'

export interface Route extends RouteEntry {
  schema: { body?: TObject; headers?: TObject; params?: TSchema; querystring?: TSchema }
  /** An action can be possible only in certain states of a record. */
  isAction: boolean
}

/** The tables of the server under test, by name. */
export const tables = new Map<string, PgTable>(
  [...Object.values(schema), sample, part, ticket, ticketSample]
    .filter((one) => is(one, Table))
    .map((one) => [getTableName(one), one as PgTable])
)

/** Joins the policies of the routes with their schemas. */
export function describeRoutes(app: FastifyInstance, options: RouteOptions[]): Route[] {
  return app.routePolicies().map((entry) => {
    const found = options.find(({ method, url }) => [method].flat().includes(entry.method) && url === entry.path)
    const isAction = found?.config?.action === 'execute'
    return { ...entry, schema: (found?.schema ?? {}) as Route['schema'], isAction }
  })
}

export interface Circumstances {
  app: FastifyInstance
  send: Send
  markers: Markers
  caller: Session
}

/** Returns the right request to a route. `caller` has the rights; it can lose them by the request. */
export async function rightCall(route: Route, circumstances: Circumstances): Promise<Call> {
  if (route.session || route.path.startsWith('/login')) return await pageCall(route, circumstances)
  const { app, markers, caller } = circumstances
  const call = { route: nameOf(route), method: route.method }
  const path = await recordPath(app, route)
  const token = route.policy === 'refresh token' ? caller.refresh_token : caller.access_token
  const headers = route.policy === 'public' ? {} : { authorization: `Bearer ${token}` }
  if (!route.schema.body) return { ...call, path, headers }
  const body = JSON.stringify(await jsonBody(app, route, caller, markers))
  const key = route.schema.headers?.properties?.['idempotency-key'] && {
    'idempotency-key': markers.unique('idempotency key')
  }
  return { ...call, path, headers: { ...headers, ...key, 'content-type': 'application/json' }, body }
}

async function jsonBody(server: FastifyInstance, route: Route, caller: Session, markers: Markers): Promise<object> {
  const { type, items } = route.schema.body as unknown as TArray<TObject>
  if (type === 'array') return [await recordBody(server, route, items, caller, markers)]
  return await recordBody(server, route, route.schema.body as TObject, caller, markers)
}

async function recordBody(
  { db }: FastifyInstance,
  route: Route,
  { examples: [example] = [{}], properties }: TObject,
  caller: Session,
  markers: Markers
): Promise<object> {
  const body = { ...(example as Record<string, unknown>) }
  const known: Record<string, string> = {
    username: caller.username,
    password: caller.password,
    old_password: caller.password,
    new_password: markers.unique('password')
  }
  const table = tableOf(route)
  for (const [name, property] of Object.entries(properties)) {
    const { format, maxLength = Number.POSITIVE_INFINITY } = property
    const target = table && referencesOf(table).find(({ field }) => field === name)?.target
    const marker = markers.unique('text')
    if (known[name]) body[name] = known[name]
    else if (target && name in body) body[name] = await addRecord(db, target)
    else if (format === 'text' && marker.length <= maxLength) body[name] = marker
    else if (table && name in body && isUnique(table, name)) body[name] = freshValue(property)
  }
  return body
}

function isUnique(table: PgTable, name: string): boolean {
  return (getTableColumns(table) as Record<string, Column>)[name]?.isUnique === true
}

const FRESH: Record<string, () => string> = {
  text: freshText,
  email: freshEmail,
  uri: freshUrl,
  'any-date': freshDate,
  'any-date-time': freshInstant
}

/** Returns a value that no other record has, for a field that must be unique. */
function freshValue({ format, minimum = 0 }: TSchema): string | number {
  return FRESH[format]?.() ?? Math.max(minimum, 0) + freshNumber()
}

/** Returns the path of a route of the API: that of new records, if it names some. */
async function recordPath({ db }: FastifyInstance, route: Route): Promise<string> {
  const table = tableOf(route)
  if (!table) return route.path
  let { path } = route
  for (const [parameter] of route.path.matchAll(/:\w+/g)) {
    const target = parameter === ':id' ? table : linkedBy(table, parameter.slice(1))
    if (target) path = path.replace(parameter, String(await addRecord(db, target)))
  }
  return path
}

/** Returns the table that a table of pairs, many-to-many, ties to this one by a column of this name. */
function linkedBy(table: PgTable, column: string): PgTable | undefined {
  for (const references of [...tables.values()].map(referencesOf)) {
    const named = references.find(({ field }) => field === column)
    if (named && references.some(({ target }) => target === table)) return named.target
  }
  return undefined
}

/** Returns the table whose records a route of the API serves. */
export function tableOf({ path }: { path: string }): PgTable | undefined {
  const [, segment = ''] = /^\/api\/([^/]+)/.exec(path) ?? []
  return tables.get(segment.replaceAll('-', '_'))
}

/** Returns the references of a table to others. */
export function referencesOf(table: PgTable) {
  const { foreignKeys } = engine === 'postgres' ? postgresConfig(table) : sqliteConfig(table as unknown as SQLiteTable)
  return foreignKeys.map((key) => {
    const { columns, foreignTable } = key.reference()
    return { field: String(columns[0]?.name), target: foreignTable as PgTable, onDelete: key.onDelete }
  })
}

/** An id that no record, token or session has. */
export const UNKNOWN: Record<string, string> = {
  ':id': String(2 ** 31 - 1),
  ':jti': randomUUID(),
  ':key': 'k'.repeat(43),
  ':row': '9999999999999999'
}
