// Redirects that stay on this site.

import { ADMIN } from '../../src/tables/account.ts'

/** No page of ours has a longer address. */
const LENGTH = 2000
const HERE = 'http://here.invalid'

/**
 * Returns the path, query and fragment of an address if it is on this site; otherwise `/`: for another origin in any
 * spelling, another scheme, control characters, or a value that is no text.
 */
export function ownPath(address: unknown): string {
  // Browsers read a backslash as a slash, and drop tabs and line feeds.
  if (typeof address !== 'string' || address.length > LENGTH || !/^\/(?![/\\])[^\\\p{C}]*$/u.test(address)) return '/'
  if (!URL.canParse(address, HERE)) return '/'
  const url = new URL(address, HERE)
  // Dot segments can leave a second slash at the front: /.//example.org
  return url.origin === HERE && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}${url.hash}` : '/'
}

/** Returns the first page for an account with these roles. */
export function startOf({ roles }: { roles: readonly string[] }): string {
  return roles.includes(ADMIN) ? '/overview' : '/activity'
}
