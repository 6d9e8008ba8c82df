// Thousands of requests that are generated from the document, for all resources of the project. Every response must be one
// that the document describes. FUZZ_REQUESTS raises their number. A failure prints its seed, which FUZZ_SEED repeats, and
// the one request that it was reduced to.

import { randomInt } from 'node:crypto'
import { max } from 'drizzle-orm'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { access_log, access_log_seal } from '../../src/tables/access-log.ts'
import { environment, eventually } from '../support/app.ts'
import { signInCallers } from './callers.ts'
import type { Recall } from './json-text.ts'
import { createMemory } from './memory.ts'
import { collectGarbage, memoryInUse } from './memory-use.ts'
import { bodyOf, headersOf, type Plan, pathOf, requests } from './requests.ts'
import { createResponseCheck } from './response-check.ts'

const REQUESTS = Math.max(10_000, Number(process.env.FUZZ_REQUESTS ?? 0))
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 30))

/** The most requests that run at once. They share the commit of their rows in the access log. */
const AT_ONCE = 50
/**
 * As many connections as in production: with fewer, a request waits too long for one on a busy machine, and gets 503. All
 * callers have one address, whose limit of logins would reject most of them.
 */
const CAPACITY = { DATABASE_CONNECTIONS: '10', LOGIN_RATE_LIMIT: '100000' }
/** How many such groups one seed makes. */
const RUNS = 40

t.test(`${REQUESTS} generated requests get documented responses (FUZZ_SEED=${SEED}) [G24]`, async (t) => {
  const app = await startServer(t)
  const document = app.openapi()
  const problemOf = createResponseCheck(document)
  const memory = createMemory()
  const callers = await signInCallers(app, document)
  const groups = fc.array(requests(document), { minLength: 1, maxLength: AT_ONCE, size: 'max' })
  const statuses = new Map<number, number>()
  const withoutSuccess = new Set(
    Object.values(document.paths).flatMap((item) => Object.values(item).map((one) => one.operationId))
  )
  let sent = 0

  async function send(plan: Plan) {
    const recallFor =
      (url: string): Recall =>
      (name, pick) =>
        callers.known(name) ?? memory.recall(name, pick, url)
    const url = pathOf(plan, recallFor(''))
    const recall = recallFor(url)
    const body = bodyOf(plan, recall)
    const headers = headersOf(plan, recall)
    const authorization = callers.authorization(plan)
    const response = await app.inject({
      method: plan.method as 'GET',
      url,
      headers: { ...(authorization && { authorization }), ...headers },
      ...(body && { payload: body })
    })
    return { plan, url, headers, body, response }
  }

  const property = fc.asyncProperty(groups, async (plans) => {
    await callers.renew()
    const exchanges = await Promise.all(plans.map(send))
    for (const { plan, url, headers, body, response } of exchanges) {
      sent++
      statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
      if (response.statusCode < 300) withoutSuccess.delete(plan.operation.operationId)
      memory.learn(plan, url, response)
      callers.learn(plan, response)
      const problem = problemOf(plan, response)
      if (problem) {
        const { method, encoding } = plan
        const request = JSON.stringify({ method, url, headers, body: body?.toString(encoding), encoding })
        throw new Error(`${problem}\nas the ${plan.caller} caller: ${request}\nresponse: ${response.payload}`)
      }
    }
  })

  const memoryUsed: { heap: number; rss: number }[] = []
  let seed = SEED
  for (const share of [REQUESTS / 2, REQUESTS]) {
    while (sent < share) {
      const { failed, errorInstance } = await fc.check(property, {
        seed: seed++,
        numRuns: RUNS,
        interruptAfterTimeLimit: 30_000 // milliseconds; a failure need not be reduced completely
      })
      if (failed) return t.fail(`FUZZ_SEED=${SEED}: ${(errorInstance as Error).message}`)
      collectGarbage() // otherwise the size of the process includes what waits for collection
    }
    await eventually(() => isSealed(app)) // rows that wait for their seal are no leak
    memoryUsed.push(await memoryInUse())
  }

  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
  t.comment(`${sent} requests; ${counts.join(', ')}`)
  t.strictSame([...withoutSuccess], [], 'every operation succeeded at least once')
  for (const [kind, limit] of [
    ['heap', 1.1],
    ['rss', 1.3]
  ] as const) {
    const growth = (memoryUsed[1]?.[kind] ?? 0) / (memoryUsed[0]?.[kind] ?? 1)
    t.ok(growth < limit, `after the second half, ${kind} is ${growth.toFixed(2)} times the size after the first`)
  }
})

/** Whether all rows of the access log have their seal; undefined if not. */
async function isSealed({ db }: FastifyInstance): Promise<true | undefined> {
  const [row] = await db.select({ id: max(access_log.id) }).from(access_log)
  const [seal] = await db.select({ id: max(access_log_seal.last_id) }).from(access_log_seal)
  return Number(seal?.id) >= Number(row?.id) || undefined
}

/** Returns the production server on an empty database. */
async function startServer(t: Test): Promise<FastifyInstance> {
  const env = await environment(t, { LOG_LEVEL: 'silent', JWT_ACCESS_TOKEN_EXPIRES: '1440', ...CAPACITY })
  const app = await buildApp(loadConfig(env))
  t.teardown(() => app.close())
  return app
}
