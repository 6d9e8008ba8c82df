// Where a page may send the browser on to.

/** No page of ours has a longer address. */
const LENGTH = 2000
const HERE = 'http://here.invalid'

/**
 * The path and query of an address of our own, to redirect to; `/` for everything else: another origin however it is
 * written, another scheme, control characters, no text at all.
 */
export function ownPath(address: unknown): string {
  // Browsers read a backslash as a slash, and drop tabs and line feeds.
  if (typeof address !== 'string' || address.length > LENGTH || !/^\/(?![/\\])[^\\\p{C}]*$/u.test(address)) return '/'
  if (!URL.canParse(address, HERE)) return '/'
  const url = new URL(address, HERE)
  // Dot segments can leave a second slash at the front: /.//example.org
  return url.origin === HERE && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}${url.hash}` : '/'
}
