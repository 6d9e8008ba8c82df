// The configuration: one frozen, typed object, made from the environment and `.env`. No other file reads process.env.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { parseEnv } from 'node:util'
import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'

type Environment = Record<string, string | undefined>

/** Sample secrets such as those of `.env.example`. Everybody who has read that file knows them. */
const PLACEHOLDER = /change.?me|placeholder|example|(your|super|top|my).?secret|insecure/i
const SECRET_BYTES = 32
const OWN_PREFIX = /^(JWT|LOGIN|SESSION|PASSWORD|ARGON2|SQLITE|CLEANUP|CORS)_/

// Numbers must be written as in JSON, so "0x10", "1e9 days" and "" are rejected instead of guessed at.
const Variables = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', format: 'host', description: 'an IP address or a host name' }),
  PORT: Type.Integer({ default: 5000, minimum: 0, maximum: 65535 }),
  DATABASE_URL: Type.String({
    default: 'file:./data/app.db',
    format: 'database',
    description: 'file:<path> for SQLite or postgres://user:password@host/database'
  }),
  DATABASE_CONNECTIONS: Type.Integer({ default: 10, minimum: 1, maximum: 1000 }),
  SECRET_KEY: Type.String({ default: '' }),
  JWT_SECRET_KEY: Type.String({ default: '' }),
  JWT_ACCESS_TOKEN_EXPIRES: Type.Number({ default: 15, minimum: 0.01, maximum: 1440 }),
  JWT_REFRESH_TOKEN_EXPIRES: Type.Number({ default: 30, minimum: 0.0001, maximum: 366 }),
  JWT_FAMILY_EXPIRES: Type.Number({ default: 90, minimum: 0.0001, maximum: 3660 }),
  JWT_ISSUER: Type.String({ default: 'clinic-rest-server', minLength: 1, maxLength: 200 }),
  LOGIN_FAILURES: Type.Integer({ default: 10, minimum: 1, maximum: 100 }),
  LOGIN_WINDOW: Type.Number({ default: 15, minimum: 0.01, maximum: 1440 }),
  SESSION_IDLE_EXPIRES: Type.Number({ default: 15, minimum: 0.01, maximum: 1440 }),
  SESSION_EXPIRES: Type.Number({ default: 8, minimum: 0.01, maximum: 168 }),
  PASSWORD_MIN_LENGTH: Type.Integer({ default: 15, minimum: 8, maximum: 64 }),
  ARGON2_MEMORY: Type.Integer({ default: 19, minimum: 19, maximum: 64 }),
  SQLITE_SYNCHRONOUS: Type.Union([Type.Literal('FULL'), Type.Literal('NORMAL')], {
    default: 'FULL',
    description: 'FULL or NORMAL'
  }),
  CLEANUP_INTERVAL: Type.Number({ default: 10, minimum: 0.01, maximum: 1440 }),
  CORS_ORIGIN: Type.String({
    default: '',
    format: 'origins',
    description: 'a comma-separated list of origins such as https://app.example.org'
  }),
  TRUST_PROXY: Type.String({
    default: '',
    format: 'addresses',
    description:
      'a comma-separated list of IP addresses or CIDR ranges. Anything wider lets clients choose their own address'
  }),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'trace, debug, info, warn, error, fatal or silent' }
  ),
  DOCS: Type.Boolean({ default: false }),
  DEMO: Type.Boolean({ default: false })
})

const formats = {
  host: (text: string) => isIP(text) > 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text),
  database: (text: string) =>
    /^postgres(ql)?:\/\//.test(text)
      ? URL.canParse(text) && new URL(text).pathname.length > 1
      : /^file:.+/.test(text) && !text.includes('?'),
  origins: (text: string) =>
    list(text).every((origin) => URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).origin === origin),
  addresses: (text: string) => list(text).every(isAddressOrRange)
}

const isValid = new Ajv({ useDefaults: true, allErrors: true, formats }).compile<Static<typeof Variables>>(Variables)

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
  if (problems.length > 0) throw new Error(problems.join('\n'))

  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    databaseConnections: values.DATABASE_CONNECTIONS,
    sqliteSynchronous: values.SQLITE_SYNCHRONOUS,
    secretKey,
    jwtSecretKey,
    jwtIssuer: values.JWT_ISSUER,
    accessTokenMinutes: demo && env.JWT_ACCESS_TOKEN_EXPIRES === undefined ? 0.3 : values.JWT_ACCESS_TOKEN_EXPIRES,
    refreshTokenDays: values.JWT_REFRESH_TOKEN_EXPIRES,
    familyDays: Math.max(values.JWT_FAMILY_EXPIRES, values.JWT_REFRESH_TOKEN_EXPIRES),
    loginFailures: values.LOGIN_FAILURES,
    loginWindowMinutes: values.LOGIN_WINDOW,
    sessionIdleMinutes: values.SESSION_IDLE_EXPIRES,
    sessionHours: values.SESSION_EXPIRES,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    argon2MemoryMiB: values.ARGON2_MEMORY,
    cleanupMinutes: values.CLEANUP_INTERVAL,
    corsOrigins: list(values.CORS_ORIGIN),
    trustProxy: list(values.TRUST_PROXY),
    logLevel: values.LOG_LEVEL,
    docs: env.DOCS === undefined ? demo : values.DOCS,
    demo
  })

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

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^[1-9]\d*$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return isIP(host) > 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

function list(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}
