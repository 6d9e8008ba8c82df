// The IP address of the client behind a request.

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddress from '@fastify/proxy-addr'

/** The longest textual form of an IPv6 address (RFC 4291 §2.2). */
const ADDRESS_LENGTH = 45

/**
 * Returns a function that returns the client's address of a request: the nearest hop that is not one of these trusted
 * proxies (addresses or CIDR ranges), otherwise the peer of the socket. X-Forwarded-For is free text, so anything in it
 * that is not an IP address is ignored. IPv4 in IPv6 becomes IPv4.
 */
export function createClientAddress(trusted: readonly string[]) {
  const trust = proxyAddress.compile([...trusted])
  return (request: Pick<IncomingMessage, 'socket' | 'headers'>): string => {
    const peer = request.socket.remoteAddress ?? ''
    const claimed = trusted.length > 0 ? proxyAddress(request as IncomingMessage, trust) : peer
    const isAddress = isIP(claimed) > 0 && claimed.length <= ADDRESS_LENGTH && !claimed.includes('%')
    return (isAddress ? claimed : peer).replace(/^::ffff:(?=\d+\.)/i, '')
  }
}
