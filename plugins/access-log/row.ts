// What a row of the access log says of a request.

import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { formatInstant } from '../../src/instants.ts'
import type { Action, access_log, Outcome } from '../../src/tables/access-log.ts'
import { loggedPath } from './path.ts'
import { subjectsOf } from './subjects.ts'

export type AccessLogRow = Omit<typeof access_log.$inferInsert, 'id' | 'instance'>
/** A row that is in the database. */
export type NumberedRow = AccessLogRow & { id: number; instance?: string | null }

/** The user name in the row of a request whose sender is not known. */
export const ANONYMOUS = 'Anonymous'
/** The status in the row of a client that closed the connection before a response (nginx uses the same number). */
export const CLIENT_CLOSED_REQUEST = 499

const ACTIONS: Record<string, Action> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete'
}

/** Returns what a method does where the route says nothing else. */
export function actionOf(method: string): Action {
  return ACTIONS[method] ?? 'execute'
}

/** Returns how a request with this status ended. */
export function outcomeOf(status: number): Outcome {
  if (status < 400) return 'success'
  if (status === 401 || status === 403 || status === 429) return 'refused'
  if (status === CLIENT_CLOSED_REQUEST) return 'aborted'
  return status < 500 ? 'invalid' : 'failed'
}

/** Returns the row of a request that was answered with this status after so many milliseconds. */
export function rowOf(request: FastifyRequest, address: string, status: number, duration: number): AccessLogRow {
  const { method, principal, routeOptions } = request
  return {
    time: formatInstant(Date.now()),
    username: request.username,
    user_id: principal?.id ?? request.signedIn?.id ?? null,
    roles: principal?.roles.join(' ') ?? null,
    credential: request.credential,
    tried_username: request.triedAccount?.username ?? null,
    address,
    method,
    path: loggedPath(request.raw.url ?? ''),
    route: routeOptions.url?.replace(/(?<=.)\/$/, '') ?? null,
    action: routeOptions.config?.action ?? actionOf(method),
    outcome: outcomeOf(status),
    status,
    duration_ms: Math.round(duration),
    request_id: request.id,
    subjects: subjectsOf(request)
  }
}

/** Returns the row of what somebody did at the command line, or of what the server did by itself. */
export function rowOfCommand(author: string, path: string, action: Action, subjects: string[] = []): AccessLogRow {
  return {
    time: formatInstant(Date.now()),
    username: author,
    address: '-',
    method: '-',
    path,
    action,
    outcome: 'success',
    status: 200,
    duration_ms: 0,
    request_id: randomUUID(),
    subjects: subjects.length > 0 ? ` ${subjects.join(' ')} ` : null
  }
}
