// Markers are planted in every part of requests to every route, and nothing that others can read may have one: the process
// log, the responses to errors, the access log, and the file of the page Activity. The routes are those of the server: a new
// one is covered by itself, or the test says that its success could not be reached.

import { randomBytes } from 'node:crypto'
import type { RouteOptions } from 'fastify'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { environment, eventually } from '../support/app.ts'
import { startServer, withResources } from '../support/process.ts'
import { createWithResources } from '../support/resources.ts'
import { createMarkers, KINDS, type Kind } from './markers.ts'
import { removableDatabase, withoutTable } from './outages.ts'
import { sendBroken } from './raw-calls.ts'
import { describeRoutes, type Route, rightCall, tables } from './right-calls.ts'
import { type Call, createSend, nameOf } from './send.ts'
import { type Session, signIn } from './session.ts'
import { conflictingCalls, wrongCalls } from './wrong-calls.ts'

/** Their requests do not need the database, so they succeed without it. */
const WITHOUT_DATABASE = /^(GET|HEAD) \/health\/live$/
const STATUSES = [200, 201, 302, 400, 401, 403, 404, 409, 412, 415, 422, 429, 500, 503]

t.test('no marker leaves the server where others can read it [E9]', { timeout: 280_000 }, async (t) => {
  const own = (await environment(t, { LOG_LEVEL: 'trace', ACCESS_LOG_KEY: randomBytes(32).toString('hex') })) as Record<
    'DATABASE_URL' | 'SECRET_KEY' | 'JWT_SECRET_KEY' | 'ACCESS_LOG_KEY',
    string
  >
  const database = await removableDatabase(t, own.DATABASE_URL)
  const env = { ...own, DATABASE_URL: database.url }

  // Adds records and accounts, and knows the routes. It answers no request.
  const options: RouteOptions[] = []
  const app = createWithResources(loadConfig(own))
  app.addHook('onRoute', (route) => void options.push(route))
  await app.ready()
  t.teardown(() => app.close())
  const { db } = app
  const routes = describeRoutes(app, options)

  const markers = createMarkers()
  markers.learn(
    'secret',
    env.SECRET_KEY,
    env.JWT_SECRET_KEY,
    env.ACCESS_LOG_KEY,
    /:([^:@]{16,})@/.exec(env.DATABASE_URL)?.[1]
  )
  const leaks: string[] = []
  const leaked = (what: string) => void (leaks.length < 20 && leaks.push(what))
  const statuses = new Map<string, Set<number>>()
  const sent = new Set<Kind>(['secret']) // what the server is configured with
  const answered = ({ route, ...call }: Call, status: number) => {
    for (const kind of markers.find(JSON.stringify(call))) sent.add(kind)
    statuses.set(route, (statuses.get(route) ?? new Set()).add(status))
  }
  const server = await startServer(t, withResources(env))
  const send = createSend(server.port, markers, routes, { leaked, answered })

  const roles = [...new Set(routes.flatMap(({ policy }) => (Array.isArray(policy) ? policy : [])))]
  const main = await signIn(send, db, markers, roles)
  const auditor = await signIn(send, db, markers, ['auditor'])
  const nobody = await signIn(send, db, markers, [], false)
  const stranger: Session = { ...nobody, cookie: auditor.cookie, csrf: auditor.csrf }
  const endsItsCaller = ({ method, path }: Route) => method === 'POST' && path.startsWith('/account/')
  const callerOf = (route: Route) =>
    Array.isArray(route.policy) && !endsItsCaller(route) ? main : signIn(send, db, markers, roles)

  const right = new Map<string, Call>()

  await t.test('right and wrong requests to every route', async (t) => {
    for (const route of routes) {
      const name = nameOf(route)
      const base = await rightCall(route, { app, send, markers, caller: await callerOf(route) })
      for (const call of wrongCalls(base, route, markers, stranger)) await send(call)
      const call = await rightCall(route, { app, send, markers, caller: await callerOf(route) })
      const { status, body } = await send(call)
      const isRight = status < 400 || (status === 409 && route.isAction)
      t.ok(isRight, `${name} succeeds: ${status} ${isRight ? '' : body}`)
      t.ok(
        [...(statuses.get(name) ?? [])].some((one) => one >= 400),
        `${name} fails`
      )
      for (const conflict of await conflictingCalls(call, route, db)) await send(conflict)
      right.set(name, call)
    }
  })

  const limited = await startServer(t, withResources({ ...env, RATE_LIMIT: '1' }))

  await t.test('too many requests to every route', async (t) => {
    const sendLimited = createSend(limited.port, markers, routes, { leaked, answered })
    await sendLimited({ route: 'GET /', method: 'GET', path: '/', headers: {} }) // the one that is allowed
    await Promise.all([...right.values()].map(sendLimited))
    for (const route of routes) t.ok(statuses.get(nameOf(route))?.has(429), nameOf(route))
  })

  await t.test('what never reaches a route', async (t) => {
    const seen = await sendBroken(server.port, markers, leaked)
    for (const status of [400, 404, 405, 413, 417, 431]) t.ok(seen.has(status), String(status))
  })

  let csv = ''

  await t.test('the pages of the access log', async (t) => {
    const { headers } = right.get('GET /activity/log.csv') as Call
    const route = 'GET /activity/log.csv'
    csv = (await send({ route, method: 'GET', path: '/activity/log.csv', headers })).body
    const page = await send({ route: 'GET /activity', method: 'GET', path: '/activity', headers })
    t.ok(csv.split('\n').length > routes.length, 'the file has the requests')
    t.strictSame(markers.findLines(`${csv}\n${page.body.replaceAll(/ value="[^"]*"/g, '')}`), [])
  })

  await t.test('a database without one of its tables', async (t) => {
    const calls = [...right.values()].filter(({ method }) => method !== 'HEAD') // as GET
    for (const table of tables.keys()) {
      await withoutTable(db, table, async () => {
        await Promise.all(calls.map(send)).catch((error) => t.fail(`${table}: ${error.message}`))
        t.notMatch(server.output(), /"level":60.*/, 'the server goes on')
      })
    }
  })
  const rows = await db.select().from(access_log)

  await t.test('a database that is away', async (t) => {
    await database.take()
    await Promise.all([...right.values()].map(send))
    const left = () => {
      const failed = (route: string) => [500, 503].some((status) => statuses.get(route)?.has(status))
      return [...right].filter(([route]) => !WITHOUT_DATABASE.test(route) && !failed(route))
    }
    // A health check repeats its result for a second.
    await eventually(async () => {
      await Promise.all(left().map(([, call]) => send(call)))
      return left().length === 0 || undefined
    })
    t.strictSame(left(), [])
  })
  server.child.kill('SIGTERM')
  await server.exit

  await t.test('nothing has leaked', async (t) => {
    const seen = new Set([...statuses.values()].flatMap((one) => [...one]))
    t.strictSame(
      STATUSES.filter((status) => !seen.has(status)),
      [],
      'all kinds of responses were seen'
    )
    t.strictSame(
      KINDS.filter((kind) => !sent.has(kind)),
      [],
      'all kinds of markers were sent'
    )
    t.ok(rows.length > 10 * routes.length)
    t.match(server.output(), /the database is unavailable/, 'the process log has the errors')
    t.strictSame(leaks, [], 'in a response')
    t.strictSame(markers.findLines(rows.map((row) => JSON.stringify(row)).join('\n')), [], 'in the access log')
    t.strictSame(markers.findLines(server.output() + limited.output()), [], 'in the process log')
  })
})
