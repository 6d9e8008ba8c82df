// How much memory the process uses.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
export const collectGarbage = runInNewContext('gc') as () => void

/** Collects garbage and returns the bytes in use: by JavaScript, and by the whole process with its native parts. */
export async function memoryInUse() {
  for (let time = 0; time < 3; time++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20)) // for finalizers that run after the collection
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}
