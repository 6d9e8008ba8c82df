// Whose data a request is about. A resource states it once, with `app.subject(…)`, and the log finds the subjects in what the
// request names and in what the response holds. Handlers collect nothing.

import { getTableName } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Database } from '../../src/database/db.ts'
import type { RecordTable } from '../../src/nested.ts'
import { fieldOf } from '../../src/record-tree.ts'
import { createLookup } from '../../src/reference-lookup.ts'
import { MAX_BATCH, MAX_ID } from '../../src/schemas.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * States whose data the routes of this scope handle: that of records of `table`, which these references lead to from a
     * record of the resource. Without references, the records of the resource are the subjects themselves. `none` states
     * that the data is about nobody.
     */
    subject(table: RecordTable | 'none', ...references: AnyPgColumn[]): void
    /** What was stated with `subject`. Complete once the server is ready. */
    subjectStatements: SubjectStatement[]
  }
  interface FastifyRequest {
    /** The ids of the subjects that were found so far. */
    subjects: Set<number> | undefined
  }
  interface FastifyContextConfig {
    subject?: SubjectFinder | 'none'
  }
}

/** Whose data some routes handle: see `subject`. */
export interface SubjectStatement {
  table: RecordTable | 'none'
  references: AnyPgColumn[]
  routes: RouteOptions[]
}

export interface SubjectFinder {
  /** The name of the subjects' table. */
  type: string
  /** The field of a record that leads to its subject. */
  field: string
  /** Whether that field holds the id of the subject itself. */
  isDirect: boolean
  /** Returns the subjects that these values of the field lead to. */
  follow(values: number[]): Promise<number[]>
  /** Returns the subject of the record with this id. */
  ofRecord(id: number): Promise<number[]>
}

/** Adds `subject` to the server, and finds the subjects of requests that reach a handler. */
export function addSubjects(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.decorateRequest('subjects', undefined)
  app.decorate('subjectStatements', [])
  app.decorate('subject', function subject(this: FastifyInstance, table, ...references) {
    const finder = table === 'none' ? table : createFinder(app.db, table, references)
    const statement: SubjectStatement = { table, references, routes: [] }
    app.subjectStatements.push(statement)
    this.addHook('onRoute', (route) => {
      statement.routes.push(route)
      route.config = { ...route.config, subject: route.config?.subject ?? finder }
    })
  })

  app.addHook('onRoute', (route) => void routes.push(route))
  // A route of the API that only some roles may call holds data that somebody might ask about.
  app.addHook('onReady', async function refuseRoutesWithoutSubject() {
    for (const { method, url, config } of routes) {
      if (config?.subject || config?.session || !Array.isArray(config?.policy)) continue
      throw new Error(`${method} ${url} has no subject: call app.subject(…) or app.subject('none') in its plugin`)
    }
  })

  // Afterwards a deleted record leads nowhere, and a changed one perhaps to somebody else.
  app.addHook('preHandler', function findBeforeChange(request, _reply, done) {
    const finder = finderOf(request)
    const isChange = request.method !== 'GET' && request.method !== 'HEAD'
    if (isChange && finder && finder.field !== 'id') findNamed(request, finder).then(() => done(), done)
    else done()
  })

  app.addHook('preSerialization', function findInResponse(request, _reply, payload, done) {
    const finder = finderOf(request)
    // The path names the subject already, and the records in the response may be others.
    const isNamed = finder?.field === 'id' && 'id' in (request.params as object)
    if (!finder || isNamed) return done(null, payload)
    const values = valuesIn([...recordsIn(payload), request.query], finder.field)
    if (finder.isDirect) {
      add(request, values)
      done(null, payload)
    } else {
      finder.follow(values).then((ids) => {
        add(request, ids)
        done(null, payload)
      }, done)
    }
  })
}

/** Whether subjects of a request must be looked up that was refused before its handler could find them. */
export function namesSubjects(request: FastifyRequest): boolean {
  return finderOf(request) !== undefined && request.subjects === undefined
}

/** Finds the subjects that the path, the query and the body of a request name. */
export async function findNamed(request: FastifyRequest, finder = finderOf(request)): Promise<void> {
  if (!finder) return
  if (finder.field === 'id') return add(request, namedIds(request))
  const [id] = valuesIn([request.params], 'id')
  if (id !== undefined) add(request, await finder.ofRecord(id))
  const bodies = [request.body].flat().slice(0, MAX_BATCH) // many records are sent as a list
  const values = valuesIn([request.query, ...bodies], finder.field)
  if (values.length > 0) add(request, await finder.follow(values))
}

/** Returns the subjects of a request as its row has them: `table:id` for each, with a space before and after. */
export function subjectsOf(request: FastifyRequest): string | null {
  const finder = finderOf(request)
  if (finder?.field === 'id') add(request, namedIds(request))
  const { subjects, triedAccount } = request
  if (!subjects && !triedAccount) return null
  let text = ' '
  if (finder && subjects) for (const id of subjects) text += `${finder.type}:${id} `
  return triedAccount ? `${text}user:${triedAccount.id} ` : text
}

/** Returns the ids of the subjects that a request names itself: the one in its path, or those in its query or form. */
function namedIds({ params, query, body }: FastifyRequest): number[] {
  return valuesIn('id' in (params as object) ? [params] : [query, body], 'id')
}

function finderOf({ routeOptions }: FastifyRequest): SubjectFinder | undefined {
  const { subject } = routeOptions.config ?? {}
  return subject === 'none' ? undefined : subject
}

function add(request: FastifyRequest, ids: number[]): void {
  if (ids.length === 0) return
  request.subjects ??= new Set()
  for (const id of ids) request.subjects.add(id)
}

/** Returns the records of a response: the one that it is, those of its list, or those that were added together. */
function recordsIn(payload: unknown): unknown[] {
  if (payload === null || typeof payload !== 'object') return []
  if ('id' in payload) return [payload]
  if ('ids' in payload) return (payload.ids as number[]).map((id) => ({ id }))
  return Object.values(payload).find(Array.isArray) ?? []
}

/** Returns the ids that a field has in these objects, alone or in a list. Before validation, an id can be text. */
function valuesIn(objects: unknown[], field: string): number[] {
  const values: number[] = []
  for (const object of objects) {
    for (const value of [(object as Record<string, unknown> | null | undefined)?.[field]].flat()) {
      const id = typeof value === 'string' && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : value
      if (Number.isInteger(id) && (id as number) > 0 && (id as number) <= MAX_ID) values.push(id as number)
    }
  }
  return values
}

function createFinder(db: Database, table: RecordTable, references: AnyPgColumn[]): SubjectFinder {
  const [first, ...rest] = references
  const own = first && createLookup(db, first)
  const steps = rest.map((reference) => createLookup(db, reference))
  const follow = async (values: number[]) => {
    let ids = values
    for (const step of steps) ids = await step(ids)
    return ids
  }
  return {
    type: getTableName(table),
    field: first ? fieldOf(first.table as RecordTable, first) : 'id',
    isDirect: steps.length === 0,
    follow,
    ofRecord: async (id) => (own ? await follow(await own([id])) : [id])
  }
}
