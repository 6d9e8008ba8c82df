// When the process itself has too much to do.

import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

/** Both in milliseconds. The interval is long, so that one stop of the event loop, as at the start, refuses nothing. */
const MAX_EVENT_LOOP_DELAY = 1_000
const SAMPLE_INTERVAL = 3_000
const MEMORY_SHARE = 0.9

/** Returns the limits of @fastify/under-pressure: those of the memory follow from the limits of V8 and of the container. */
export function pressureLimits() {
  const memory = Math.min(process.constrainedMemory() || Infinity, totalmem())
  return {
    sampleInterval: SAMPLE_INTERVAL,
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY,
    maxHeapUsedBytes: MEMORY_SHARE * getHeapStatistics().heap_size_limit,
    maxRssBytes: MEMORY_SHARE * memory
  }
}
