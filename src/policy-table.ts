// The table that `npm run routes` prints: method, path, and who may call.

/**
 * `public`: anybody; `refresh token`: whoever holds one; `any account`: whoever holds an access token; a list: whoever
 * holds an access token and has one of these roles.
 */
export type RoutePolicy = 'public' | 'refresh token' | 'any account' | readonly [string, ...string[]]

export interface RouteEntry {
  method: string
  path: string
  policy: RoutePolicy
}

/** One line a route, in columns, with a line feed at the end of each. */
export function policyTable(routes: RouteEntry[]): string {
  const rows = routes.map(({ method, path, policy }) => [method, path, describe(policy)])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('')
}

function describe(policy: RoutePolicy): string {
  return typeof policy === 'string' ? policy : `role ${policy.join(' or ')}`
}
