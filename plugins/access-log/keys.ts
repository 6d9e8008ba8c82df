// What rows of the access log can be found by.

import type { NumberedRow } from './row.ts'

/** The columns that the keys of a row come from. */
export type KeyedRow = Pick<
  NumberedRow,
  'username' | 'address' | 'method' | 'route' | 'action' | 'outcome' | 'credential' | 'subjects'
>

/** The key of each thing that a search can ask for. */
export const keys = {
  user: (name: string) => `user:${name}`,
  address: (address: string) => `address:${address}`,
  method: (method: string) => `method:${method}`,
  route: (route: string) => `route:${route}`,
  action: (action: string) => `action:${action}`,
  outcome: (outcome: string) => `outcome:${outcome}`,
  /** Requests to a route that did not succeed. */
  unsuccessful: (route: string) => `unsuccessful:${route}`,
  changesOnPages: 'changes on pages',
  /** `subject` is `table:id`. */
  subject: (subject: string) => `subject:${subject}`
}

/** Returns the keys of a row. */
export function keysOf({
  username,
  address,
  method,
  route,
  action,
  outcome,
  credential,
  subjects
}: KeyedRow): string[] {
  const found = [keys.user(username), keys.address(address), keys.method(method)]
  if (route) found.push(keys.route(route))
  if (action) found.push(keys.action(action))
  if (outcome) found.push(keys.outcome(outcome))
  if (outcome && outcome !== 'success') found.push(keys.outcome('unsuccessful'), keys.unsuccessful(route ?? ''))
  if (credential?.startsWith('session') && action !== 'read') found.push(keys.changesOnPages)
  if (subjects) for (const subject of subjects.trim().split(' ')) found.push(keys.subject(subject))
  return found
}
