// What a role policy is, and the table of policies that `npm run routes` prints.

/**
 * Who may call a route. `public`: everybody. `refresh token`: who sends a valid refresh token. `any account`: who is
 * signed in. A list: who is signed in and has at least one of these roles.
 */
export type RoutePolicy = 'public' | 'refresh token' | 'any account' | readonly [string, ...string[]]

/** The names that a role can have. */
export const ROLE_NAME = /^[a-z][a-z0-9_-]{0,31}$/

export interface RouteEntry {
  method: string
  path: string
  policy: RoutePolicy
  /** The caller is identified by a session of the pages; otherwise by a token. */
  session: boolean
}

/** Returns the table as text: a line per route, in columns. */
export function policyTable(routes: RouteEntry[]): string {
  const rows = routes.map(({ method, path, ...route }) => [method, path, describe(route)])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('')
}

function describe({ policy, session }: Pick<RouteEntry, 'policy' | 'session'>): string {
  if (policy === 'public') return policy
  const who = typeof policy === 'string' ? policy : `role ${policy.join(' or ')}`
  return session ? `${who}, by session` : who
}
