// Long lists are shown in numbered slices, with filters in the address.

/** Which slice of a list: its number from 1, and how many entries each has. */
export interface SliceNumber {
  page: number
  size: number
}

/** A slice as a page shows it: the numbers of its first and last entry, and the addresses of its neighbours, or null. */
export interface ShownSlice {
  first: number
  last: number
  total: number
  previous: string | null
  next: string | null
}

/** Returns the slice of a list with `total` entries. `query` is that of its page, at `path`. */
export function shownSlice(total: number, { page, size }: SliceNumber, path: string, query: object): ShownSlice {
  const last = Math.min(page * size, total)
  // From beyond the end, back to the last slice: its entries may have been deleted.
  const before = Math.min(page - 1, Math.ceil(total / size))
  return {
    first: Math.min((page - 1) * size + 1, total),
    last,
    total,
    previous: before >= 1 ? addressOf(path, { ...query, page: before === 1 ? undefined : before }) : null,
    next: last < total ? addressOf(path, { ...query, page: page + 1 }) : null
  }
}

/** Returns the address of a page with a query, without the fields that are empty. */
export function addressOf(path: string, query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)] as [string, string]))
  return given.length === 0 ? path : `${path}?${search}`
}
