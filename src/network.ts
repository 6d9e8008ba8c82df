// IP addresses: the network of a client, by which its requests are counted, and ranges of addresses.

import { isIP } from 'node:net'

const GROUPS = 8

/**
 * Returns an IPv4 address unchanged, and of an IPv6 address its /64 (`2001:db8:0:1::`). A client usually has a whole /64, so
 * a limit per IPv6 address would limit nobody.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const first = head.split(':').filter(Boolean)
  const last = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array(tail === undefined ? 0 : Math.max(0, GROUPS - first.length - last.length)).fill('0')
  const groups = [...first, ...zeros, ...last].slice(0, GROUPS / 2)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::`
}

/** Whether a text is an IP address, or a CIDR range of them that is not everything. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^[1-9]\d*$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}
