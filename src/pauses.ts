// Long work on one request is cut into pieces, so that the other requests do not wait for all of it.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long a piece of work may take, in milliseconds. */
const PIECE = 10

/**
 * Returns a function to call between two steps of a long work. It lets other requests run when the steps since the last
 * pause have taken as long as a piece may.
 */
export function createPauses(): () => Promise<void> {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < PIECE) return
    await nextTurn()
    began = performance.now()
  }
}
