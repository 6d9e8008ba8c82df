// The ETag of a record, with which a client asks whether it has changed (RFC 9110 §8.8.3).

import { hash } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type SentRecord, serializeOnce } from './sent-records.ts'

/** The header of a read that needs no body if the client has the record already. The server takes it for every record. */
export const IfNoneMatch = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({
      format: 'text',
      maxLength: 1000,
      description:
        'The `ETag` of the record as you have it. If it has not changed since, the response is 304 without a body.',
      examples: ['"1"']
    })
  )
})

/** Two different texts of one version have the same fingerprint by chance once in 2^96 times. */
const FINGERPRINT = 16 // characters

/**
 * preSerialization hook: sends the ETag of a record, and 304 without a body when the client has the record as it is now.
 * The tag is the version of the record. If the record shows other records, which change without it, a fingerprint of the
 * whole text follows. The response schema leaves `version` out of the body.
 */
export function addETag(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void
): void {
  const { version } = payload as { version?: unknown }
  if (typeof version === 'number') sendTag(request, reply, payload as object, version)
  done(null, payload)
}

function sendTag(request: FastifyRequest, reply: FastifyReply, record: object, version: number): void {
  const serialize = reply.getSerializationFunction(String(reply.statusCode))
  if (!serialize) return // without a schema of this status, nobody knows yet what Fastify will send
  const shared = Object.values(record).some(isObject) ? serializeOnce(serialize, record) : undefined
  const tag = shared ? `${version}-${fingerprintOf(shared)}` : `${version}`
  reply.header('etag', `"${tag}"`)
  if (isUnchanged(request, reply, tag)) {
    // Content-Length must be that of the record or absent (RFC 9110 §8.6). Fastify adds it for HEAD, so HEAD needs the text.
    const body = request.method === 'HEAD' ? (shared?.text ?? serialize(record as Record<string, unknown>)) : null
    reply.removeHeader('content-type')
    reply.code(304).serializer(() => body as string)
  } else if (shared) {
    reply.serializer(() => shared.text)
  }
}

function fingerprintOf(sent: SentRecord): string {
  sent.fingerprint ??= hash('sha256', sent.text, 'base64url').slice(0, FINGERPRINT)
  return sent.fingerprint
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Whether `If-None-Match` names this tag (RFC 9110 §13.1.2), weak or strong. A malformed header names none. */
function isUnchanged({ method, headers }: FastifyRequest, { statusCode }: FastifyReply, current: string): boolean {
  const header = headers['if-none-match']?.trim()
  if (header === undefined || statusCode !== 200 || (method !== 'GET' && method !== 'HEAD')) return false
  return header === '*' || entityTags(header)?.some(({ tag }) => tag === current) === true
}

/** Returns the version in the tag of a record, for a write: it does not matter what else the record showed. */
export function versionOf(tag: string): number | undefined {
  const [, version] = /^([1-9]\d{0,8})(-[\w-]+)?$/.exec(tag) ?? []
  return version === undefined ? undefined : Number(version)
}

/** An entity tag, weak or strong, and a list of them, which may have empty elements (RFC 9110 §8.8.3 and §5.6.1). */
const ENTITY_TAG = /(W\/)?"([!#-~\x80-\xff]*)"/g
const ENTITY_TAGS = /^[ \t,]*(W\/)?"[!#-~\x80-\xff]*"([ \t]*,[ \t,]*(W\/)?"[!#-~\x80-\xff]*")*[ \t,]*$/

/** Returns the entity tags in a header, or undefined when it is malformed. */
export function entityTags(header: string): { isWeak: boolean; tag: string }[] | undefined {
  if (!ENTITY_TAGS.test(header)) return undefined
  return Array.from(header.matchAll(ENTITY_TAG), ([, weak, tag = '']) => ({ isWeak: weak !== undefined, tag }))
}
