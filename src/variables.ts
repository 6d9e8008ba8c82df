// The environment variables of the server: their types, limits and defaults. src/config.ts reads them.

import { isIP } from 'node:net'
import { Type } from '@sinclair/typebox'
import { isAddressOrRange } from './network.ts'
import { PROJECT_NAME } from './project-name.ts'

// Numbers must be written as in JSON, so "0x10", "1e9 days" and "" are rejected instead of guessed at.
export const Variables = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', format: 'host', description: 'an IP address or a host name' }),
  PORT: Type.Integer({ default: 5000, minimum: 0, maximum: 65535 }),
  DATABASE_URL: Type.String({
    default: 'file:./data/app.db',
    format: 'database',
    description: 'file:<path> for SQLite or postgres://user:password@host/database'
  }),
  MAX_CONNECTIONS: Type.Integer({ default: 4000, minimum: 1, maximum: 1_000_000 }),
  KEEP_ALIVE_TIMEOUT: Type.Integer({ default: 72, minimum: 1, maximum: 3600 }),
  HANDLER_TIMEOUT: Type.Integer({ default: 10, minimum: 1, maximum: 600 }),
  DATABASE_CONNECTIONS: Type.Integer({ default: 10, minimum: 1, maximum: 1000 }),
  SECRET_KEY: Type.String({ default: '' }),
  JWT_SECRET_KEY: Type.String({ default: '' }),
  ACCESS_LOG_KEY: Type.String({ default: '' }),
  ACCESS_LOG_RETENTION_DAYS: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500 })),
  JWT_ACCESS_TOKEN_EXPIRES: Type.Number({ default: 15, minimum: 0.01, maximum: 1440 }),
  JWT_REFRESH_TOKEN_EXPIRES: Type.Number({ default: 30, minimum: 0.0001, maximum: 366 }),
  JWT_FAMILY_EXPIRES: Type.Number({ default: 90, minimum: 0.0001, maximum: 3660 }),
  JWT_ISSUER: Type.String({ default: PROJECT_NAME, minLength: 1, maxLength: 200 }),
  LOGIN_FAILURES: Type.Integer({ default: 10, minimum: 1, maximum: 100 }),
  LOGIN_WINDOW: Type.Number({ default: 15, minimum: 0.01, maximum: 1440 }),
  LOGIN_RATE_LIMIT: Type.Integer({ default: 600, minimum: 1, maximum: 1e9 }),
  RATE_LIMIT: Type.Integer({ default: 120_000, minimum: 1, maximum: 1e9 }),
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
  CORS_HEADERS: Type.String({
    default: '',
    format: 'headers',
    description: 'a comma-separated list of names of request headers such as traceparent'
  }),
  TRUST_PROXY: Type.String({
    default: '',
    format: 'addresses',
    description:
      'a comma-separated list of IP addresses or CIDR ranges. Anything wider lets clients choose their own address'
  }),
  ALLOWED_HOSTS: Type.String({
    default: '',
    format: 'hosts',
    description: 'a comma-separated list of host names such as app.example.org, without ports'
  }),
  SITE_NAME: Type.String({
    default: '',
    pattern: '^$|^(?=.*\\S)\\P{C}{1,60}$',
    description: '1 to 60 visible characters'
  }),
  LANGUAGE: Type.Union([Type.Literal('en'), Type.Literal('de')], { default: 'en', description: 'en or de' }),
  TIME_ZONE: Type.String({
    default: 'UTC',
    format: 'zone',
    description: 'the name of a time zone, such as Europe/Berlin'
  }),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'trace, debug, info, warn, error, fatal or silent' }
  ),
  DOCS: Type.Boolean({ default: false }),
  DEMO: Type.Boolean({ default: false })
})

/** The formats named above. Each checks a text. */
export const formats = {
  host: isHost,
  database: (text: string) =>
    /^postgres(ql)?:\/\//.test(text)
      ? URL.canParse(text) && new URL(text).pathname.length > 1
      : /^file:.+/.test(text) && !text.includes('?'),
  origins: (text: string) =>
    list(text).every((origin) => URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).origin === origin),
  // Of the token of RFC 9110 without "*", which would stand for all headers.
  headers: (text: string) => list(text).every((name) => /^[!#$%&'+.^_`|~0-9a-z-]{1,100}$/i.test(name)),
  hosts: (text: string) => list(text).every((name) => isHost(name.replace(/^\[(.+)\]$/, '$1'))),
  addresses: (text: string) => list(text).every(isAddressOrRange),
  zone: isTimeZone
}

function isHost(text: string): boolean {
  return isIP(text) > 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
}

// Names only: an offset such as +01:00 would be wrong in summer.
function isTimeZone(text: string): boolean {
  try {
    return /^[a-z]/i.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
  } catch {
    return false
  }
}

/** Returns the entries of a list that is separated by commas or spaces. */
export function list(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}
