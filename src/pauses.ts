// Long work on one request is cut into pieces, so that the other requests do not wait for all of it.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long a piece of work may take, in milliseconds. */
const PIECE = 10

/**
 * Returns a function to call between two steps of a long work. When the steps since the last pause have taken as long as a
 * piece may, it returns a promise to wait for, which lets other requests run; otherwise undefined.
 */
export function createPauses(): () => Promise<void> | undefined {
  let began = performance.now()
  async function pause(): Promise<void> {
    await nextTurn()
    began = performance.now()
  }
  return () => (performance.now() - began < PIECE ? undefined : pause())
}
