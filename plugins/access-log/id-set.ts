// A set of ids that needs one bit for each, where a Set of a billion would not fit into memory.

/** The ids of a piece: 8 kB of bits. */
const PIECE = 65_536

export interface IdSet {
  add(id: number): void
  has(id: number): boolean
}

/** Returns an empty set of positive integers. */
export function createIdSet(): IdSet {
  const pieces = new Map<number, Uint8Array>()
  return {
    add(id) {
      const number = Math.floor(id / PIECE)
      let piece = pieces.get(number)
      if (!piece) {
        piece = new Uint8Array(PIECE / 8)
        pieces.set(number, piece)
      }
      const bit = id % PIECE
      piece[bit >> 3] = (piece[bit >> 3] as number) | (1 << (bit & 7))
    },
    has(id) {
      const bit = id % PIECE
      return ((pieces.get(Math.floor(id / PIECE))?.[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
    }
  }
}
