// When more requests arrive than the server can process, they wait here before any work. A request that has waited too long
// gets 503. The oldest begins first as long as it has not waited for long. After that the latest begins first: otherwise every
// request would wait almost until its limit, and clients that time out would send it again.
//
// Only some requests begin in each turn of the event loop. In each turn Node reads what all clients have sent, but accepts
// one connection only. If all that was read were processed, and committed, new clients would wait for minutes under load.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Overloaded } from '../../src/errors.ts'
import { createSlots } from '../../src/slots.ts'

/** How many requests may be under way at the same time. More than the logins that may wait: see plugins/auth/login.ts. */
const MAX_UNDER_WAY = 400
/** How long a request may wait, in milliseconds. */
const PATIENCE = 500
/** The oldest begins first until it has waited this long, in milliseconds. */
const OLDEST_FIRST = 250
/** A longer turn of the event loop counts as this long, in milliseconds: if the disk stood still, no request came too late. */
const LONGEST_TURN = 250
/** How many requests begin in one turn. */
const PER_TURN = 32
/** How many are refused in one turn. Few, because that costs time as well, and many clients send again at once. */
const REFUSED_PER_TURN = 8
/** Milliseconds until the next look at the queue, while as many requests as possible are under way. */
const PAUSE = 10

export interface Queue {
  /** Calls `go` when the request may begin, or with an error when it may not. */
  enter(request: FastifyRequest, reply: FastifyReply, go: (error?: Error) => void): void
  /** The request needs its place no longer. */
  leave(request: FastifyRequest): void
  /** Whether a request has begun and not left. */
  hasBegun(request: FastifyRequest): boolean
  /** Requests that have begun and not left, and when. */
  begun: Iterable<Begun>
}

interface Begun {
  request: FastifyRequest
  reply: FastifyReply
  since: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The place of the request among those that have begun. */
    begun: number | undefined
  }
}

/** Returns the queue of a server. Calls `report` for each request that it refuses. */
export function createQueue(app: FastifyInstance, report: (reason: string) => void): Queue {
  type Entry = Parameters<Queue['enter']>
  const begun = createSlots<Begun>()
  app.decorateRequest('begun', undefined)
  const waiting: { entry: Entry; since: number }[] = []
  let begunInTurn = 0
  let hasConnected = false
  const work = { began: 0, ended: 0 } // the latest work on waiting requests
  const now = createClock()
  let isScheduled = false
  app.server.on('connection', () => {
    hasConnected = true
    schedule()
  })

  function hasRoom(): boolean {
    return begunInTurn < PER_TURN && begun.size() < MAX_UNDER_WAY
  }

  function begin([request, reply]: Entry): void {
    begunInTurn++
    request.begun = begun.add({ request, reply, since: performance.now() })
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(nextTurn)
  }

  function nextTurn(): void {
    isScheduled = false
    begunInTurn = 0
    // While clients are connecting, leave half of the time to accepting new connections.
    const connectionsFirst = hasConnected && performance.now() - work.ended < work.ended - work.began
    hasConnected = false
    if (waiting.length === 0) return
    const refused = connectionsFirst ? 0 : refuseLate()
    if (!connectionsFirst) beginWaiting()
    if (connectionsFirst || begunInTurn + refused > 0) schedule()
    else if (waiting.length > 0) {
      isScheduled = true
      setTimeout(nextTurn, PAUSE)
    }
  }

  function beginWaiting(): void {
    const oldestFirst = !hasWaited(waiting[0], OLDEST_FIRST)
    while (hasRoom() && !hasWaited(waiting.at(-1), PATIENCE)) {
      const next = oldestFirst ? waiting.shift() : waiting.pop()
      if (!next) break
      begin(next.entry)
      setImmediate(next.entry[2]) // each on its own, so that its promises run before the next begins
    }
    // Two turns later, what has begun is logged.
    const began = performance.now()
    setImmediate(setImmediate, () => Object.assign(work, { began, ended: performance.now() }))
  }

  function refuseLate(): number {
    let count = 0
    for (const oldest of waiting) {
      if (count === REFUSED_PER_TURN || !hasWaited(oldest, PATIENCE)) break
      count++
    }
    for (const { entry } of waiting.splice(0, count)) {
      report('requests')
      entry[2](new Overloaded())
    }
    return count
  }

  function hasWaited(request: { since: number } | undefined, milliseconds: number): boolean {
    return request !== undefined && request.since < now() - milliseconds
  }

  return {
    begun,
    enter(...entry) {
      schedule()
      if (waiting.length > 0 || hasConnected || !hasRoom()) return void waiting.push({ entry, since: now() })
      begin(entry)
      entry[2]()
    },
    hasBegun: (request) => request.begun !== undefined,
    leave(request) {
      if (request.begun !== undefined) begun.remove(request.begun)
      request.begun = undefined
    }
  }
}

/** Returns a clock, in milliseconds, that does not count what two looks at it are more than LONGEST_TURN apart. */
function createClock(): () => number {
  let last = 0
  let skipped = 0
  return function now() {
    const time = performance.now()
    skipped += Math.max(0, time - last - LONGEST_TURN)
    last = time
    return time - skipped
  }
}
