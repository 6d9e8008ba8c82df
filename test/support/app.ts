// The server under test: the production factory on a database of its own, and callers who signed in for real.

import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { hash } from '@node-rs/argon2'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import pg from 'pg'
import type { Test } from 'tap'
import accessLog from '../../plugins/access-log/index.ts'
import { type Accounts, createAccounts } from '../../plugins/auth/accounts.ts'
import auth from '../../plugins/auth/index.ts'
import { createPasswords, generatePassword, type Passwords } from '../../plugins/auth/passwords.ts'
import database from '../../plugins/database.ts'
import errorHandler from '../../plugins/error-handler.ts'
import json from '../../plugins/json.ts'
import roles from '../../plugins/roles/index.ts'
import securityHeaders from '../../plugins/security-headers.ts'
import login from '../../routes/auth/index.ts'
import { type Config, type Engine, engine, loadConfig } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { createLogger } from '../../src/logger.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { temporaryFolder } from './folder.ts'
import { buildWithResources, execute } from './resources.ts'

export { engine, execute }

type Environment = Record<string, string>

/** The variables of a server of its own: fresh secrets and an empty database, which goes with the test. */
export async function environment(t: Test, overrides: Environment = {}): Promise<Environment> {
  return {
    DATABASE_URL: await emptyDatabase(t, engine, process.env.TEST_POSTGRES_TEMPLATE),
    SECRET_KEY: randomBytes(32).toString('hex'),
    JWT_SECRET_KEY: randomBytes(32).toString('hex'),
    ACCESS_LOG_KEY: randomBytes(32).toString('hex'),
    DATABASE_CONNECTIONS: '4', // each takes a process of the PostgreSQL that all tests share
    SQLITE_SYNCHRONOUS: 'NORMAL', // no test cuts the power; what FULL waits for is the disk
    ...overrides
  }
}

/** The address of an empty database, on the engine of this run or another; on PostgreSQL a copy of `template`. */
export async function emptyDatabase(t: Test, on: Engine = engine, template = 'template0'): Promise<string> {
  if (on === 'sqlite') return `file:${temporaryFolder(t, process.env.TEST_DATABASE_FOLDER)}/app.db`
  const name = `test_${randomBytes(8).toString('hex')}`
  await postgres.query(`create database ${name} template ${template} strategy file_copy`)
  t.teardown(() => postgres.query(`drop database if exists ${name} with (force)`))
  return POSTGRES_URL.replace(/\/postgres$/, `/${name}`)
}

const POSTGRES_URL = process.env.TEST_POSTGRES_URL ?? ''
const postgres = new pg.Pool({ connectionString: POSTGRES_URL, max: 1, allowExitOnIdle: true })

/** Takes the database from under a server: a PostgreSQL one is dropped, a connection to SQLite closed. */
export async function takeAwayDatabase(db: TestApp['db'], env: TestApp['env']): Promise<void> {
  if (engine === 'sqlite') return await db.connection.close()
  await postgres.query(`drop database ${new URL(env.DATABASE_URL ?? '').pathname.slice(1)} with (force)`)
}

export interface TestApp {
  app: FastifyInstance
  db: Database
  accounts: Accounts
  config: Config
  env: Environment
  /** What the process log holds. */
  log(): string
  /** A caller with a new account of these roles, signed in. */
  signIn(...roles: string[]): Promise<Caller>
}

/** The production server with the resources of the tests, not listening. */
export async function build(t: Test, overrides: Environment = {}): Promise<TestApp> {
  const env = await environment(t, { LOG_LEVEL: 'trace', ...overrides })
  return await buildOn(t, env)
}

/** As `build`, on a database that exists: another instance. */
export async function buildOn(t: Test, env: Environment): Promise<TestApp> {
  const config = loadConfig(env)
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(chunk.toString())
      done()
    }
  })
  const app = await buildWithResources(config, { loggerInstance: createLogger(config.logLevel, destination) })
  t.teardown(() => app.close())
  let accounts = 0
  return {
    app,
    db: app.db,
    accounts: app.accounts,
    config,
    env,
    log: () => lines.join(''),
    async signIn(...roles) {
      const username = `${roles.join('-') || 'nobody'}-${++accounts}-${randomBytes(3).toString('hex')}`
      return await signInNew(app, username, roles)
    }
  }
}

/** The production plugins and the real login around other routes. */
export async function buildAround(
  t: Test,
  env: Environment,
  addRoutes: (app: FastifyInstance) => unknown
): Promise<FastifyInstance> {
  const config = loadConfig(env)
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(securityHeaders)
  app.register(errorHandler)
  app.register(database, { config })
  app.register(accessLog, { config })
  app.register(json)
  app.register(auth, { config })
  app.register(roles)
  app.register(login, { prefix: '/api/auth' })
  app.register(async (scope) => void (await addRoutes(scope)))
  await app.ready()
  return app
}

/**
 * The password of every account that signs in here. A login computes the hash at the costs that the row names, and would
 * otherwise be most of what the tests take; what hashes cost in earnest is tested where they are.
 */
const PASSWORD = generatePassword()
let cheapHash: Promise<string> | undefined
const cheapPasswords: Passwords = {
  ...createPasswords(loadConfig({}, { withSecrets: false })),
  hash(password) {
    cheapHash ??= hash(password, { memoryCost: 1024, timeCost: 1, parallelism: 1 })
    return cheapHash
  }
}

export type Caller = Awaited<ReturnType<typeof signInAs>>

/** Signs in over HTTP with a new account of these roles. */
export async function signInNew(app: FastifyInstance, username: string, roles: string[]): Promise<Caller> {
  const { id } = await createAccounts(app.db, cheapPasswords).add({ username, password: PASSWORD, roles })
  return await signInAs(app, { id, username, password: PASSWORD })
}

/** Signs in over HTTP and gives the caller's calls. */
export async function signInAs(app: FastifyInstance, account: { id: number; username: string; password: string }) {
  const { username, password } = account
  const answer = await app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })
  if (answer.statusCode !== 200) throw new Error(`sign-in failed: ${answer.payload}`)
  const { access_token, refresh_token } = answer.json<{ access_token: string; refresh_token: string }>()
  const call = (
    method: InjectOptions['method'],
    url: string,
    payload?: unknown,
    headers: Record<string, string> = {}
  ) =>
    app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${access_token}`, ...headers },
      ...(payload !== undefined && { payload: payload as object })
    })
  return {
    ...account,
    access_token,
    refresh_token,
    get: (url: string, headers?: Record<string, string>) => call('GET', url, undefined, headers),
    post: (url: string, payload: unknown) => call('POST', url, payload),
    put: (url: string, payload: unknown, headers?: Record<string, string>) => call('PUT', url, payload, headers),
    patch: (url: string, payload: unknown) => call('PATCH', url, payload),
    delete: (url: string, headers?: Record<string, string>) => call('DELETE', url, undefined, headers),
    call
  }
}

/** A call with a bearer token. */
export function withToken(app: FastifyInstance, method: InjectOptions['method'], url: string, token: string) {
  return app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })
}

/** All rows of the access log, oldest first. */
export async function logRows(db: Database) {
  return await db.select().from(access_log).orderBy(access_log.id)
}

/** Asks again until the answer is not undefined; fails after thirty seconds. For what happens behind an answer. */
export async function eventually<Result>(ask: () => Promise<Result | undefined> | Result | undefined): Promise<Result> {
  for (const end = Date.now() + 30_000; ; ) {
    const result = await ask()
    if (result !== undefined) return result
    if (Date.now() > end) throw new Error('it never happened')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
