// The path of a request as the log stores it and the router sees it.

/** Longer paths are cut to this many characters. */
export const PATH_LENGTH = 1000

/** Returns a request target without the origin of its absolute form (RFC 9112 §3.2.2) and without its fragment. */
export function originForm(target: string): string {
  const relative = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '')
  const [path = ''] = relative.split('#', 1)
  return path.startsWith('?') || path === '' ? `/${path}` : path
}

/**
 * Returns the path of a request target without its query string, cut to `PATH_LENGTH`. Everything but printable ASCII is
 * percent-encoded. Letters, digits and -._~ are not, so that a path is found under one spelling (RFC 3986 §6.2.2).
 */
export function loggedPath(target: string): string {
  const [path = ''] = originForm(target).split('?', 1)
  // Node gives each byte of the request line as one character.
  const encode = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  const printable = /[^\x21-\x7e]/.test(path) ? path.replace(/[^\x21-\x7e]/g, encode) : path
  return (printable.includes('%') ? printable.replace(ENCODED, decodeUnreserved) : printable).slice(0, PATH_LENGTH)
}

const ENCODED = /%[\da-f]{2}/gi

function decodeUnreserved(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : encoded
}
