// The configuration: one frozen, typed object, made from the environment and `.env`. No other file reads process.env.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { parseEnv } from 'node:util'
import type { Static } from '@sinclair/typebox'
import { createAjv } from './validators.ts'
import { formats, list, Variables } from './variables.ts'

type Environment = Record<string, string | undefined>

/** Sample secrets such as those of `.env.example`. Everybody who has read that file knows them. */
const PLACEHOLDER = /change.?me|placeholder|example|(your|super|top|my).?secret|insecure/i
const SECRET_BYTES = 32
/** Desktops set SESSION_MANAGER. */
const OWN_PREFIX = /^(JWT|LOGIN|SESSION|PASSWORD|ARGON2|SQLITE|CLEANUP|CORS|RATE|ACCESS)_(?!MANAGER$)/

const isValid = createAjv({ useDefaults: true, allErrors: true, formats }).compile<Static<typeof Variables>>(Variables)

/** The names of this machine for itself, as a Host header has them. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
/** The demo has a file of its own, so that its accounts and sample data never get into the real database. */
const DEMO_DATABASE = 'file:./data/demo.db'
/** Always the same, so that the log of the demo can be verified after a restart. Everybody knows it. */
const DEMO_LOG_KEY = 'the access log of the demo, which proves nothing'

export type Config = ReturnType<typeof loadConfig>
export type Engine = 'sqlite' | 'postgres'

const dotenv: Environment = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
const environment: Environment = { ...dotenv, ...process.env }

/** The engine of this process. The tables are built for it when they are imported, before a configuration is loaded. */
export const engine: Engine = /^postgres(ql)?:/.test(environment.DATABASE_URL ?? '') ? 'postgres' : 'sqlite'

/**
 * Returns the configuration from environment variables; by default those of the process, which override `.env`. Throws an
 * Error whose message lists every problem, one per line, and never contains a secret. Commands that sign nothing can
 * load it without the secrets.
 */
export function loadConfig(env: Environment = environment, { withSecrets = true } = {}) {
  const { values, problems } = validate(env)
  const demo = values.DEMO
  if (demo && !isLoopback(values.HOST)) {
    problems.push(
      'HOST must be a loopback address while DEMO is on, because everybody knows the passwords of the demo accounts'
    )
  }
  const secretKey = secret('SECRET_KEY')
  const jwtSecretKey = secret('JWT_SECRET_KEY')
  if (withSecrets && secretKey && secretKey === jwtSecretKey)
    problems.push('SECRET_KEY must differ from JWT_SECRET_KEY')
  const accessLogKey = values.ACCESS_LOG_KEY || (demo ? DEMO_LOG_KEY : '')
  const keyProblem = accessLogKey && secretProblem(accessLogKey)
  if (keyProblem && withSecrets) problems.push(`ACCESS_LOG_KEY ${keyProblem}. Make one with: openssl rand -base64 48`)
  if (problems.length > 0) throw new Error(problems.join('\n'))

  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    databaseUrl: demo && env.DATABASE_URL === undefined ? DEMO_DATABASE : values.DATABASE_URL,
    maxConnections: values.MAX_CONNECTIONS,
    keepAliveTimeout: values.KEEP_ALIVE_TIMEOUT,
    handlerTimeout: values.HANDLER_TIMEOUT,
    databaseConnections: values.DATABASE_CONNECTIONS,
    sqliteSynchronous: values.SQLITE_SYNCHRONOUS,
    secretKey,
    jwtSecretKey,
    accessLogKey,
    accessLogRetentionDays: values.ACCESS_LOG_RETENTION_DAYS,
    jwtIssuer: values.JWT_ISSUER,
    accessTokenMinutes: demo && env.JWT_ACCESS_TOKEN_EXPIRES === undefined ? 0.3 : values.JWT_ACCESS_TOKEN_EXPIRES,
    refreshTokenDays: values.JWT_REFRESH_TOKEN_EXPIRES,
    familyDays: Math.max(values.JWT_FAMILY_EXPIRES, values.JWT_REFRESH_TOKEN_EXPIRES),
    loginFailures: values.LOGIN_FAILURES,
    loginWindowMinutes: values.LOGIN_WINDOW,
    loginsPerMinute: values.LOGIN_RATE_LIMIT,
    requestsPerMinute: values.RATE_LIMIT,
    sessionIdleMinutes: values.SESSION_IDLE_EXPIRES,
    sessionHours: values.SESSION_EXPIRES,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    argon2MemoryMiB: values.ARGON2_MEMORY,
    cleanupMinutes: values.CLEANUP_INTERVAL,
    corsOrigins: list(values.CORS_ORIGIN),
    corsHeaders: list(values.CORS_HEADERS),
    allowedHosts: allowedHosts(),
    trustProxy: list(values.TRUST_PROXY),
    siteName: values.SITE_NAME,
    language: values.LANGUAGE,
    timeZone: values.TIME_ZONE,
    logLevel: values.LOG_LEVEL,
    docs: env.DOCS === undefined ? demo : values.DOCS,
    demo
  })

  // The health check calls the server by its address, so the loopback names are always among those allowed.
  function allowedHosts(): string[] {
    const named = list(values.ALLOWED_HOSTS.toLowerCase())
    if (demo) return [...LOOPBACK_NAMES, values.HOST]
    return named.length > 0 ? [...LOOPBACK_NAMES, ...named] : []
  }

  function secret(name: 'SECRET_KEY' | 'JWT_SECRET_KEY'): string {
    const value = values[name]
    const problem = secretProblem(value)
    if (!problem || !withSecrets) return value
    if (demo) return randomBytes(SECRET_BYTES).toString('base64url')
    problems.push(`${name} ${problem}. Make one with: openssl rand -base64 48`)
    return ''
  }
}

// Finds mistyped names, which would otherwise be ignored. It checks `.env`, except what compose.yaml reads from it, and
// those variables of the process whose names start like ours.
function unknownNames(env: Environment): string[] {
  const candidates = Object.keys(env).filter((name) => OWN_PREFIX.test(name))
  if (env === environment) candidates.push(...Object.keys(dotenv).filter((name) => !/^(POSTGRES|COMPOSE)_/.test(name)))
  return [...new Set(candidates)].filter((name) => !(name in Variables.properties))
}

function validate(env: Environment) {
  const problems = unknownNames(env).map((name) => `${name} is not a variable that this server knows`)

  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(Variables.properties)) {
    const text = env[name]
    if (text !== undefined) values[name] = schema.type === 'string' || schema.anyOf ? text : fromText(text)
  }
  if (!isValid(values)) {
    const wrong = new Map(isValid.errors?.map((error) => [error.instancePath.slice(1), error]))
    for (const [name, error] of wrong) {
      const { description } = Variables.properties[name as keyof typeof Variables.properties]
      problems.push(`${name} must be ${description ?? error.message?.replace(/^must be /, '')}`)
    }
    // Go on with the valid variables, so that one start lists every problem.
    for (const name of wrong.keys()) delete values[name]
    isValid(values)
  }
  return { values: values as Static<typeof Variables>, problems }
}

function fromText(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function secretProblem(value: string): string | undefined {
  if (value === '') return 'is missing'
  if (PLACEHOLDER.test(value)) return 'is still a placeholder'
  if (Buffer.byteLength(value) < SECRET_BYTES) return `is shorter than ${SECRET_BYTES} bytes`
  if (new Set(value).size < 8) return 'repeats the same few characters'
  return undefined
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return isIP(host) > 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
