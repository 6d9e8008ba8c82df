// Lines of the process log about overload: one when it begins and one when it is over. One for each refused request or
// connection would make it worse.

import type { FastifyInstance } from 'fastify'

/** Overload is over when nothing has been refused for this long, in milliseconds. */
const QUIET = 1_000

/** Returns a function to call with the reason whenever something is refused. */
export function reportRefusals(app: FastifyInstance): (reason: string) => void {
  let counts: Record<string, number> = {}
  let latest = 0
  let timer: NodeJS.Timeout | undefined
  app.addHook('onClose', async () => clearInterval(timer))

  function reportEnd(): void {
    if (performance.now() - latest < QUIET) return
    app.log.warn({ event: 'overload over', refused: counts }, 'the server accepts everything again')
    clearInterval(timer)
    timer = undefined
    counts = {}
  }

  return function report(reason) {
    latest = performance.now()
    counts[reason] = (counts[reason] ?? 0) + 1
    if (timer) return
    app.log.warn({ event: 'overload', reason }, 'the server has too much to do and refuses requests or connections')
    timer = setInterval(reportEnd, QUIET).unref()
  }
}
