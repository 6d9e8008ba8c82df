// A queue that is fair to its users. Each has a lane with a limited number of places, and the lanes take turns, so a flood
// fills only its own lane and delays the others by one turn. Work for one target has a limit as well, so that many users who
// want the same do not fill the queue together. p-limit has one lane for all.

import { Unavailable } from '../../src/errors.ts'

/** Returns a queue that runs `concurrency` pieces of work at a time. The limits are numbers of waiting pieces. */
export function createFairQueue({
  concurrency,
  perLane,
  perTarget,
  total
}: {
  concurrency: number
  perLane: number
  perTarget: number
  total: number
}) {
  const lanes = new Map<string, (() => Promise<void>)[]>() // in the order of their turns
  const targets = new Map<string, number>() // how many pieces of work wait or run
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
  async function run<Result>(lane: string, target: string, work: () => Promise<Result>): Promise<Result> {
    const works = lanes.get(lane) ?? []
    const others = targets.get(target) ?? 0
    if (waiting >= total || works.length >= perLane || others >= perTarget) throw new Unavailable()
    targets.set(target, others + 1)
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    works.push(() => work().then(resolve, reject))
    lanes.set(lane, works)
    waiting++
    startNext()
    try {
      return await promise
    } finally {
      const left = (targets.get(target) ?? 1) - 1
      if (left > 0) targets.set(target, left)
      else targets.delete(target)
    }
  }

  return { run }
}
