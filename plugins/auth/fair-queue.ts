// A queue that is fair to its users. Each has a lane with a limited number of places, and the lanes take turns, so a flood
// fills only its own lane and delays the others by one turn. p-limit has one lane for all.

import { Unavailable } from '../../src/errors.ts'

/** Returns a queue that runs `concurrency` pieces of work at a time. The limits are numbers of waiting pieces. */
export function createFairQueue({
  concurrency,
  perLane,
  total
}: {
  concurrency: number
  perLane: number
  total: number
}) {
  const lanes = new Map<string, (() => Promise<void>)[]>() // in the order of their turns
  let running = 0
  let waiting = 0

  async function startNext(): Promise<void> {
    const [next] = lanes
    if (!next || running >= concurrency) return
    const [lane, works] = next
    const work = works.shift()
    lanes.delete(lane)
    if (works.length > 0) lanes.set(lane, works) // at the end: the other lanes come first
    waiting--
    running++
    await work?.()
    running--
    startNext()
  }

  /** Runs `work` when it is its lane's turn, and returns its result. Throws Unavailable when there is no place left. */
  async function run<Result>(lane: string, work: () => Promise<Result>): Promise<Result> {
    const works = lanes.get(lane) ?? []
    if (waiting >= total || works.length >= perLane) throw new Unavailable()
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    works.push(() => work().then(resolve, reject))
    lanes.set(lane, works)
    waiting++
    startNext()
    return await promise
  }

  return { run }
}
