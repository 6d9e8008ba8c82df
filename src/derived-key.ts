// Keys for one purpose each, made from a secret of the configuration.

import { hkdfSync } from 'node:crypto'

/** Returns a key of 32 bytes for a purpose, derived from a secret (HKDF with SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
}
