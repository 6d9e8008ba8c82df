// A collection to which something is added for each request, and removed again. A Map would have to be rehashed all the time, and
// V8 keeps the abandoned tables, with all the requests in them, until it next collects the whole heap.

export interface Slots<Item extends object> extends Iterable<Item> {
  size(): number
  /** Adds an item, and returns its slot. */
  add(item: Item): number
  /** Removes the item in a slot. */
  remove(slot: number): void
}

/** Returns an empty collection. Its order is not that of adding. */
export function createSlots<Item extends object>(): Slots<Item> {
  const items: (Item | undefined)[] = []
  const free: number[] = []
  return {
    size: () => items.length - free.length,
    add(item) {
      const slot = free.pop() ?? items.length
      items[slot] = item
      return slot
    },
    remove(slot) {
      items[slot] = undefined
      free.push(slot)
    },
    *[Symbol.iterator]() {
      for (const item of items) if (item) yield item
    }
  }
}
