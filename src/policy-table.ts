// The table that `npm run routes` prints: method, path, and who may call.

/**
 * `public`: anybody; `refresh token`: whoever holds one; `any account`: whoever is signed in; a list: whoever is signed
 * in and has one of these roles.
 */
export type RoutePolicy = 'public' | 'refresh token' | 'any account' | readonly [string, ...string[]]

/** How a role is named. */
export const ROLE_NAME = /^[a-z][a-z0-9_-]{0,31}$/

export interface RouteEntry {
  method: string
  path: string
  policy: RoutePolicy
  /** Signed in by a session of the pages; else by an access token. */
  session: boolean
}

/** One line a route, in columns, with a line feed at the end of each. */
export function policyTable(routes: RouteEntry[]): string {
  const rows = routes.map(({ method, path, ...route }) => [method, path, describe(route)])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('')
}

function describe({ policy, session }: Pick<RouteEntry, 'policy' | 'session'>): string {
  if (policy === 'public') return policy
  const whom = typeof policy === 'string' ? policy : `role ${policy.join(' or ')}`
  return session ? `${whom}, by session` : whom
}
