// The path of a request as the log stores it and the router sees it.

/** Longer paths are cut to this many characters. */
export const PATH_LENGTH = 1000

/** Returns a request target without the origin of its absolute form (RFC 9112 §3.2.2) and without its fragment. */
export function originForm(target: string): string {
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split('#', 1)
  return path.startsWith('?') || path === '' ? `/${path}` : path
}

/**
 * Returns the path of a request target without its query string, cut to `PATH_LENGTH`. Everything but printable ASCII
 * is percent-encoded.
 */
export function loggedPath(target: string): string {
  const [path = ''] = originForm(target).split('?', 1)
  // Node gives each byte of the request line as one character.
  const encode = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  return path.replace(/[^\x21-\x7e]/g, encode).slice(0, PATH_LENGTH)
}
