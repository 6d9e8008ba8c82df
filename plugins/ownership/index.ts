// Ownership: whose records are whose. A resource states it once, with `app.owner(…)`. For another account a record does not
// exist: not by its id, not in a list, and not as a reference of other records. A handler that forgets it sends nothing.

import type { SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type FieldError, invalidFields, NotFound, TokenMissing } from '../../src/errors.ts'
import type { RecordTable } from '../../src/nested.ts'
import { MAX_DETAILS } from '../../src/schemas.ts'
import { createPath, type OwnerPath } from './owner-path.ts'

type Caller = Pick<FastifyRequest, 'principal'>

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * States that a record of this scope's resource belongs to the account whose id is in `column`. Several columns are a path:
     * the first refers to another record, which belongs to the account. Callers with a role of `all` see and change all records.
     */
    owner(column: AnyPgColumn | [AnyPgColumn, ...AnyPgColumn[]], options: { all: readonly string[] }): Ownership
    /** Returns a function that returns the condition that the caller may see a record of a table, or undefined for all. */
    visibleTo(request: Caller): (table: RecordTable) => SQL | undefined
    /** What was stated with `owner`. Complete once the server is ready. */
    ownerStatements: OwnerStatement[]
  }
  interface FastifyContextConfig {
    owner?: OwnerStatement
  }
}

/** What the handlers of a resource with owners use. */
export interface Ownership {
  /** Returns the condition that the caller may see a record, or undefined for all. For lists, updates and deletions. */
  visible(request: Caller): SQL | undefined
  /** Returns the id of the caller, who owns the records they add. */
  caller(request: Caller): number
}

/** Whose records some routes handle: see `owner`. */
export interface OwnerStatement extends OwnerPath {
  /** The roles whose holders see all records. */
  all: readonly string[]
  routes: RouteOptions[]
}

async function ownership(app: FastifyInstance) {
  const byTable = new Map<RecordTable, OwnerStatement>()
  app.decorate('ownerStatements', [])

  app.decorate('visibleTo', (request) => (table) => {
    const statement = byTable.get(table)
    return statement && visible(statement, request)
  })

  app.decorate('owner', function owner(this: FastifyInstance, column, { all }) {
    const path = createPath(app.db, Array.isArray(column) ? column : [column])
    const statement: OwnerStatement = { ...path, all, routes: [] }
    if (byTable.has(path.table)) throw new Error(`${path.title}: its owner is stated twice`)
    byTable.set(path.table, statement)
    app.ownerStatements.push(statement)
    this.addHook('onRoute', (route) => {
      statement.routes.push(route)
      route.config = { ...route.config, owner: statement }
    })
    this.addHook('preHandler', async function hideOthers(request) {
      if (seesAll(statement, request)) return
      const { id } = request.params as { id?: number }
      const isHidden = id !== undefined && (await statement.ownerOf(id)) !== callerOf(request)
      if (isHidden) throw new NotFound(statement.title)
      if (statement.isDirect) refuseOtherOwners(request, statement.field)
    })
    return { visible: (request) => visible(statement, request), caller: callerOf }
  })

  // For a handler that reads without the condition. It must run before the hooks that serialize.
  app.addHook('preSerialization', function sendNoOthers(request, _reply, payload, done) {
    const statement = request.routeOptions.config.owner
    if (!statement || seesAll(statement, request)) return done(null, payload)
    statement.ownersIn(payload).then((owners) => {
      if (owners.every((owner) => owner === callerOf(request))) done(null, payload)
      else if ('id' in (payload as object)) done(new NotFound(statement.title))
      else
        done(
          new Error(`${request.routeOptions.url} would send records of other owners: use owner.visible in its handler`)
        )
    }, done)
  })

  app.addHook('onReady', async function refuseStatementsWithoutMeaning() {
    for (const { routes, all, title } of app.ownerStatements) {
      const open = routes.find(({ config }) => !Array.isArray(config?.policy))
      if (open) throw new Error(`${open.method} ${open.url} needs a policy of roles, because its records have owners`)
      const roles = routes.flatMap(({ config }) => config?.policy ?? [])
      const unknown = all.find((role) => !roles.includes(role))
      if (unknown) throw new Error(`${title}: the role ${unknown} may see all records, but call no route`)
      if (roles.every((role) => all.includes(role))) throw new Error(`${title}: every role may see all records`)
    }
  })
}

function seesAll({ all }: OwnerStatement, { principal }: Caller): boolean {
  return principal?.roles.some((role) => all.includes(role)) === true
}

function visible(statement: OwnerStatement, request: Caller): SQL | undefined {
  return seesAll(statement, request) ? undefined : statement.belongsTo(callerOf(request))
}

function callerOf({ principal }: Caller): number {
  if (!principal) throw new TokenMissing()
  return principal.id
}

/** Throws InvalidInput if a record in the body, or one of its list, is to belong to somebody other than the caller. */
function refuseOtherOwners({ body, principal }: FastifyRequest, field: string): void {
  const records = [body].flat() as (Record<string, unknown> | undefined)[]
  const details: FieldError[] = records.flatMap((record, index) => {
    const isOther = record?.[field] !== undefined && record[field] !== principal?.id
    return isOther
      ? { field: Array.isArray(body) ? `${index}.${field}` : field, message: 'must be your own account' }
      : []
  })
  const [first, ...rest] = details.slice(0, MAX_DETAILS)
  if (first) throw invalidFields([first, ...rest])
}

export default fp(ownership, { name: 'ownership', fastify: '5.x', dependencies: ['database', 'auth', 'roles'] })
