// Counts password hashes.

import { createHook } from 'node:async_hooks'
import { hash } from '@node-rs/argon2'

/** Returns how many argon2 hashes were computed during `work`. Each one starts an asynchronous operation of one type. */
export async function hashesDuring(work: () => Promise<unknown>): Promise<number> {
  const types: string[] = []
  const hook = createHook({
    init(_id, type) {
      if (type !== 'PROMISE') types.push(String(type))
    }
  }).enable()
  try {
    const example = hash('shows the type of the operation')
    const hashing = types.at(-1)
    await example
    types.length = 0
    await work()
    return types.filter((type) => type === hashing).length
  } finally {
    hook.disable()
  }
}
