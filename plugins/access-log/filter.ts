// What a search of the access log asks for, as keys of the index and as a condition on rows.

import { and, eq, gte, inArray, like, lte, ne, notInArray, type SQL, sql } from 'drizzle-orm'
import { contains } from '../../src/database/expressions.ts'
import { type Action, access_log, type Outcome } from '../../src/tables/access-log.ts'
import { keys } from './keys.ts'

/** The routes that sign somebody in; their action is `execute`. */
export const SIGN_IN_ROUTES = ['/api/auth', '/login']

/** Which rows are wanted. All that are given must hold. */
export interface LogFilter {
  user?: string
  subject?: { type: string; id: number }
  address?: string
  method?: string
  /** The pattern of a route, such as /users/:id. */
  route?: string
  /** One of the outcomes, or all but success. */
  outcome?: Outcome | 'unsuccessful'
  action?: Action
  /** Routes of which a row has one. */
  routes?: string[]
  /** Only changes by people who were signed in to the pages. */
  changesOnPages?: boolean
  /** Leaves out the style sheet and the health checks. */
  withoutNoise?: boolean
  /** From this instant to that one, both included (RFC 3339). */
  from?: string
  to?: string
}

/** Returns lists of keys: a row that matches the filter has one of each. What few rows have comes first. */
export function keysWanted(filter: LogFilter): string[][] {
  const { user, subject, address, method, route, outcome, action, routes, changesOnPages } = filter
  return [
    subject && [keys.subject(`${subject.type}:${subject.id}`)],
    changesOnPages && [keys.changesOnPages],
    outcome === 'unsuccessful' && routes ? routes.map(keys.unsuccessful) : outcome && [keys.outcome(outcome)],
    user !== undefined && [keys.user(user)],
    address !== undefined && [keys.address(address)],
    route !== undefined && [keys.route(route)],
    method !== undefined && [keys.method(method)],
    action && [keys.action(action)],
    routes?.map(keys.route)
  ].filter((list) => Array.isArray(list))
}

/** Returns the condition that a row matches the filter. */
export function conditionOf(filter: LogFilter): SQL | undefined {
  const { user, subject, address, method, route, outcome, action, routes, changesOnPages, withoutNoise, from, to } =
    filter
  const given = <Value>(value: Value | undefined, condition: (value: Value) => SQL | undefined) =>
    value === undefined ? undefined : condition(value)
  return and(
    given(user, (name) => eq(access_log.username, name)),
    given(subject, ({ type, id }) => contains(access_log.subjects, ` ${type}:${id} `)),
    given(address, (text) => eq(access_log.address, text)),
    given(method, (text) => eq(access_log.method, text)),
    given(route, (text) => eq(access_log.route, text)),
    outcome && (outcome === 'unsuccessful' ? ne(access_log.outcome, 'success') : eq(access_log.outcome, outcome)),
    action && eq(access_log.action, action),
    routes && inArray(access_log.route, routes),
    changesOnPages
      ? and(like(access_log.credential, 'session%'), notInArray(access_log.action, ['read', 'execute']))
      : undefined,
    withoutNoise ? sql`coalesce(${access_log.route}, '') not like '/static/%'` : undefined,
    withoutNoise ? sql`coalesce(${access_log.route}, '') not like '/health/%'` : undefined,
    given(from, (instant) => gte(access_log.time, instant)),
    given(to, (instant) => lte(access_log.time, instant))
  )
}
