// Asks the database once for all requests that need the same thing in one turn of the event loop.

interface Waiting<Value> {
  resolve: (value: Value | undefined) => void
  reject: (error: unknown) => void
}

/**
 * Returns a function that returns the value of a key, or undefined if it has none. All keys of one turn of the event loop
 * are loaded together. They are loaded after everybody has asked, so no caller gets a value from before its call. Rejects
 * with the error of `load`.
 */
export function createBatcher<Key, Value>(
  load: (keys: Key[]) => Promise<ReadonlyMap<Key, Value>>
): (key: Key) => Promise<Value | undefined> {
  let batch: Map<Key, Waiting<Value>[]> | undefined

  async function loadBatch(): Promise<void> {
    const asked = batch ?? new Map<Key, Waiting<Value>[]>()
    batch = undefined
    try {
      const found = await load([...asked.keys()])
      for (const [key, callers] of asked) {
        const value = found.get(key)
        for (const { resolve } of callers) resolve(value)
      }
    } catch (error) {
      for (const { reject } of [...asked.values()].flat()) reject(error)
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (!batch) {
        batch = new Map()
        setImmediate(loadBatch)
      }
      const callers = batch.get(key)
      if (callers) callers.push({ resolve, reject })
      else batch.set(key, [{ resolve, reject }])
    })
}
