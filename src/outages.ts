// Reports an outage of the database in the process log. While it lasts every request fails, and a line for each would fill
// the disk. So the log has the first error, the number of errors once a minute, and the end.

import type { FastifyBaseLogger } from 'fastify'

const MINUTE = 60_000

export type OutageReport = ReturnType<typeof createOutageReport>

/** Returns the report of an outage that has not begun. */
export function createOutageReport(log: FastifyBaseLogger) {
  let away = false
  let errors = 0 // since the last line
  let timer: NodeJS.Timeout | undefined // until the next line

  function startMinute(): void {
    errors = 0
    timer = setTimeout(endMinute, MINUTE).unref()
  }

  function endMinute(): void {
    timer = undefined
    if (errors === 0) return
    log.error({ errors }, 'the database failed again in the last minute')
    startMinute()
  }

  return {
    /** Logs or counts an error. `requestLog` gives the first one the id of its request. */
    failed(error: unknown, requestLog = log): void {
      errors++
      if (timer) return
      away = true
      requestLog.error({ err: error }, 'the database is unavailable; from now on errors are counted')
      startMinute()
    },
    /** Call it after each successful write. */
    worked(): void {
      if (!away) return
      away = false
      log.warn({ errors }, 'the database works again')
      errors = 0
    }
  }
}
