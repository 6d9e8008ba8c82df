// Thousands of requests made from the API's document, of whatever resources the project has: the server keeps to it.
// FUZZ_REQUESTS asks for more of them, FUZZ_SEED says which: a failure names the seed, and the one request it came down to.

import { randomInt } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { Document, Operation } from '../src/openapi.ts'
import type { JsonObject } from '../src/openapi-schemas.ts'
import { formats } from '../src/schemas.ts'
import { type Caller, environment, signInNew } from './support/app.ts'
import { bodyOf, headersOf, type Plan, pathOf, requests } from './support/from-document.ts'
import type { Recall } from './support/values.ts'

const REQUESTS = Math.max(10_000, Number(process.env.FUZZ_REQUESTS ?? 0))
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 30))

/** At most so many requests at once, which share the commit of their rows in the access log; and so often with one seed. */
const AT_ONCE = 50
const RUNS = 40

t.test(`G24: ${REQUESTS} requests from the document are answered as it says (FUZZ_SEED=${SEED})`, async (t) => {
  const app = await server(t)
  const document = app.openapi()
  const breachOf = breaches(document)
  const memory = remembered()
  const callers = await callersOf(app, document)
  const batches = fc.array(requests(document), { minLength: 1, maxLength: AT_ONCE, size: 'max' })
  const statuses = new Map<number, number>()
  const undone = new Set(
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
    const answer = await app.inject({
      method: plan.method as 'GET',
      url,
      headers: { ...(authorization && { authorization }), ...headers },
      ...(body && { payload: body })
    })
    return { plan, url, headers, body, answer }
  }

  const property = fc.asyncProperty(batches, async (plans) => {
    await callers.renew()
    const exchanges = await Promise.all(plans.map(send))
    for (const { plan, url, headers, body, answer } of exchanges) {
      sent++
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
      if (answer.statusCode < 300) undone.delete(plan.operation.operationId)
      memory.learn(plan, url, answer)
      callers.learn(plan, answer)
      const breach = breachOf(plan, answer)
      if (breach) {
        const { method, encoding } = plan
        const request = JSON.stringify({ method, url, headers, body: body?.toString(encoding), encoding })
        throw new Error(`${breach}\nas the ${plan.caller} caller: ${request}\nanswer: ${answer.payload}`)
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
        interruptAfterTimeLimit: 30_000 // a failure need not be shrunk to the last
      })
      if (failed) return t.fail(`FUZZ_SEED=${SEED}: ${(errorInstance as Error).message}`)
      collectGarbage() // or the size of the process is that of what waits for collection
    }
    memoryUsed.push(await afterGarbageCollection())
  }

  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
  t.comment(`${sent} requests; ${counts.join(', ')}`)
  t.strictSame([...undone], [], 'every operation was done at least once')
  for (const [kind, limit] of [
    ['heap', 1.1],
    ['rss', 1.3]
  ] as const) {
    const growth = (memoryUsed[1]?.[kind] ?? 0) / (memoryUsed[0]?.[kind] ?? 1)
    t.ok(growth < limit, `the second half of them left the ${kind} ${growth.toFixed(2)} times what it was`)
  }
})

/** The real server. */
async function server(t: Test): Promise<FastifyInstance> {
  const env = await environment(t, { LOG_LEVEL: 'silent', JWT_ACCESS_TOKEN_EXPIRES: '1440' })
  const app = await buildApp(loadConfig(env))
  t.teardown(() => app.close())
  return app
}

/** Who sends the requests. One account has every role; another may be lost at any time, and is replaced by a new one. */
async function callersOf(app: FastifyInstance, document: Document) {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
  const roles = new Set(operations.flatMap(rolesOf))
  let accounts = 0
  let fleeting: Caller | undefined
  const main = await signIn([...roles])
  const roleless = await signIn([])
  const past = app.signAccessToken({ jti: crypto.randomUUID(), user_id: main.id, expiry: '2024-01-01T00:00:00Z' })

  async function signIn(roles: string[]): Promise<Caller> {
    return await signInNew(app, `caller ${++accounts}`, roles)
  }

  function authorization({ operation, caller }: Plan): string | undefined {
    const { access_token, refresh_token } = rolesOf(operation).length > 0 ? main : (fleeting as Caller)
    const refreshes = operation.security.some((one) => 'refreshToken' in one)
    if (caller === 'right' && operation.security.length === 0) return undefined
    const token = {
      right: refreshes ? refresh_token : access_token,
      'role-less': roleless.access_token,
      expired: past,
      'wrong kind': refreshes ? access_token : refresh_token,
      garbage: `${access_token.slice(0, -8)}AAAAAAAA`
    }
    if (caller === 'nobody') return undefined
    return caller === 'Basic' ? 'Basic eDp5' : `Bearer ${token[caller]}`
  }

  return {
    authorization,
    known(name: string): string | undefined {
      if (name === 'username') return JSON.stringify(fleeting?.username)
      return /^(old_)?password$/.test(name) ? JSON.stringify(fleeting?.password) : undefined
    },
    /** Before requests are sent: signs a new account in if what they did before has cost the last one its tokens. */
    async renew() {
      fleeting ??= await signIn([])
    },
    learn({ operation, method }: Plan, { statusCode }: LightMyRequestResponse) {
      const ends = method !== 'GET' && operation.security.length > 0 && statusCode < 300
      if (rolesOf(operation).length === 0 && (ends || statusCode === 401 || statusCode === 429)) fleeting = undefined
    }
  }
}

function rolesOf({ security }: Operation): string[] {
  return security.flatMap((one) => Object.values(one).flat())
}

/** The ids and versions that answers gave. */
function remembered() {
  const ids = new Map<string, Set<number>>()
  const etags = new Map<string, string>()
  const MOST = 100

  function add(resource: string, id: unknown) {
    if (typeof id !== 'number') return
    const known = ids.get(resource) ?? new Set()
    ids.set(resource, known.add(id))
    const [first] = known
    if (first !== undefined && known.size > MOST) known.delete(first)
  }

  return {
    recall(name: string, pick: number, url: string): string | undefined {
      if (name === 'if-match') return JSON.stringify(etags.get(url))
      // A field need not be named after the resource it refers to.
      const known = [...(ids.get(name) ?? [...ids.values()].flatMap((some) => [...some]))]
      return known.length > 0 ? String(known[pick % known.length]) : undefined
    },

    learn({ method, path }: Plan, url: string, answer: LightMyRequestResponse) {
      const resource = path.split('/').findLast((part) => part !== '' && !part.startsWith('{')) ?? ''
      const isGone = answer.statusCode === 404 || (method === 'DELETE' && answer.statusCode < 300)
      if (isGone) ids.get(resource)?.delete(Number(url.split('/').at(-1)))
      if (isGone || answer.statusCode >= 300) return
      const { etag, location } = answer.headers
      if (etag) etags.set(String(location ?? url), String(etag))
      if (etags.size > 10 * MOST) etags.clear()
      const body = answer.json<{ id?: number; [name: string]: unknown }>()
      if (body.id) return add(resource, body.id)
      for (const list of Object.values(body).filter(Array.isArray))
        for (const { id } of list.slice(-20)) add(resource, id)
    }
  }
}

/** Tells what is wrong with an answer, if anything is. */
function breaches(document: Document) {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  const ajv = new Ajv2020({ strict: false, formats: { ...formats, uuid } })
  ajv.addSchema(document, 'document')
  const validators = new Map<string, ValidateFunction>()

  function problem(pointer: string, value: unknown): string | undefined {
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `document${pointer}` })
    validators.set(pointer, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }

  return function breachOf({ operation, path, method }: Plan, answer: LightMyRequestResponse): string | undefined {
    const { statusCode: status, headers, payload } = answer
    const named = operation.responses[status]
    if (!named) return `${status} is not documented`
    if (status >= 500) return `${status} is a failure`
    const steps = ['paths', path, method.toLowerCase(), 'responses', status]
    const pointer = (named.$ref as string) ?? `#/${steps.map(step).join('/')}`
    const response = (
      named.$ref ? document.components.responses[String(named.$ref).split('/').at(-1) ?? ''] : named
    ) as JsonObject

    for (const name of Object.keys(response.headers ?? {})) {
      const value = headers[name.toLowerCase()]
      const wrong = value === undefined ? 'missing' : problem(`${pointer}/headers/${name}/schema`, value)
      if (wrong) return `${status} has a wrong ${name}: ${wrong}`
    }
    if (!response.content) return payload === '' ? undefined : `${status} has a body`
    const type = String(headers['content-type']).split(';', 1)[0] ?? ''
    if (!Object.hasOwn(response.content as JsonObject, type)) return `${status} is of the type ${type}`
    const wrong = problem(`${pointer}/content/${step(type)}/schema`, answer.json())
    return wrong && `${status} breaks its schema: ${wrong}`
  }
}

function step(name: string | number): string {
  return encodeURIComponent(String(name).replaceAll('~', '~0').replaceAll('/', '~1'))
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes in use: of JavaScript, and of the process, where the native parts have theirs. */
async function afterGarbageCollection() {
  for (let time = 0; time < 3; time++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20)) // for what ends with the collection, as weak references do
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}
