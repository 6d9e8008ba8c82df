// Turns everything that is thrown into the one error body. Causes that clients must not see go to the process log only.

import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { databaseFailure, repeatedColumns } from '../src/database/failures.ts'
import {
  Aborted,
  alreadyExists,
  errorBody,
  type Failure,
  type FieldError,
  InUse,
  invalidFields,
  Overloaded,
  printable,
  TooLarge,
  Unavailable,
  UnsupportedMedia
} from '../src/errors.ts'
import { formatMessages } from '../src/formats.ts'
import { createOutageReport, type OutageReport } from '../src/outages.ts'
import { type ErrorBody, JSON_TYPE, MAX_BATCH, MAX_DETAILS, PATCH_TYPES } from '../src/schemas.ts'

export interface ErrorResponse {
  statusCode: number
  headers: Record<string, string>
  payload: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Reports an outage of the database in the process log. */
    outage: OutageReport
    /** Logs why a request failed. Errors of an outage are only counted. */
    logFailure(error: Error, request: FastifyRequest): void
    /** Returns the body of an error, which holds its status, and the headers that go with it. */
    describeError(error: Error, request: FastifyRequest): { body: ErrorBody; headers: Record<string, string> }
    /** Returns the response for an error, in JSON unless the scope overrides it. Logs what the response hides. */
    errorResponse(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<ErrorResponse>
  }
}

/** Seconds after which a client may retry what failed with 503. */
const RETRY_AFTER = '1'

async function errorHandler(app: FastifyInstance) {
  const outage = createOutageReport(app.log)
  app.decorate('outage', outage)
  app.decorate('logFailure', function logFailure(error, request) {
    if (error instanceof Overloaded) return // overload has its own line: one for each request would add to it
    const cause = error instanceof Unavailable ? error.cause : error
    const isOutage = databaseFailure(cause) === 'unavailable' || (cause && cause !== error)
    if (isOutage) outage.failed(cause, request.log)
    else request.log.error({ err: error }, 'request failed')
  })
  app.decorate('describeError', describeError)
  app.decorate('errorResponse', async function errorResponse(error, request) {
    const { body, headers } = describeError(error, request)
    if (body.statusCode >= 500) app.logFailure(error, request)
    return {
      statusCode: body.statusCode,
      headers: { 'content-type': JSON_TYPE, ...headers },
      payload: JSON.stringify(body)
    }
  })

  app.setErrorHandler(async function sendError(error: Error, request, reply) {
    const { statusCode, headers, payload } = await request.server.errorResponse(error, request, reply)
    return reply.code(statusCode).headers(headers).send(payload)
  })
}

function describeError(thrown: Error, request: FastifyRequest) {
  const error = translate(thrown, request)
  const body = errorBody(error.statusCode ?? 500, error, request.id)
  const headers = { ...error.headers }
  if (body.statusCode === 503) headers['retry-after'] = RETRY_AFTER
  if (body.statusCode === 401 && !request.routeOptions.config.session) {
    headers['www-authenticate'] = REJECTED_TOKEN.test(body.code) ? 'Bearer error="invalid_token"' : 'Bearer'
  }
  return { body, headers }
}

// RFC 6750 §3.1: a request without a token gets no error code.
const REJECTED_TOKEN = /^TOKEN_(INVALID|WRONG_TYPE|EXPIRED|REVOKED)$/

// What Fastify, the validator and the drivers throw, in our own words where theirs say too little or too much.
function translate(error: Error & { code?: string }, request: FastifyRequest): Failure {
  const { validation, validationContext } = error as Partial<FastifyError>
  if (error instanceof Unavailable) return error
  // Before the codes of the database, because a client that resets its connection has the same code as a database that does.
  if (error === request.raw.errored) return new Aborted()
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType(request)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new TooLarge(`${request.routeOptions.bodyLimit / 1000} kB`)
  if (validation) return invalidFields(fieldErrors(validation, validationContext ?? 'body', request.body))
  switch (databaseFailure(error)) {
    case 'unique':
      return alreadyExists(repeatedColumns(error).filter((name) => Object.hasOwn(fieldsOf(request), name)))
    case 'reference':
      // Resources check references first and name the field. This record was deleted between that check and the write.
      return request.method === 'DELETE'
        ? new InUse()
        : invalidFields([{ field: 'body', message: 'refers to a record that does not exist' }])
    case 'contention':
    case 'unavailable':
      return new Unavailable()
    case 'value':
    case 'other':
      return new Error('database error')
  }
  return error
}

/** Returns the fields that a client can send here. Other columns are nobody's business. */
function fieldsOf({ routeOptions }: FastifyRequest): object {
  return (routeOptions.schema?.body as { properties?: object } | undefined)?.properties ?? {}
}

function unsupportedType(request: FastifyRequest): Failure {
  const isPatch = request.method === 'PATCH'
  const { content } = (request.routeOptions.schema?.body ?? {}) as { content?: object }
  const types = content ? Object.keys(content).join(' or ') : isPatch ? PATCH_TYPES.join(' or ') : 'application/json'
  const accepted = request.routeOptions.config.session ? 'application/x-www-form-urlencoded' : types
  const sent = printable(request.headers['content-type'] ?? '')
  const problem = sent ? `The content type "${sent}" is not supported` : 'The request has no content type'
  const error = new UnsupportedMedia(`${problem}. Send ${accepted}`)
  return isPatch ? Object.assign(error, { headers: { 'accept-patch': PATCH_TYPES.join(', ') } }) : error // RFC 5789 §2.2
}

type ValidationErrors = NonNullable<FastifyError['validation']>

function fieldErrors(validation: ValidationErrors, context: string, body: unknown): [FieldError, ...FieldError[]] {
  const isBatch = context === 'body' && Array.isArray(body)
  const byField = new Map<string, FieldError>()
  for (const { instancePath, keyword, params, message = 'is not valid' } of validation) {
    const named = params.missingProperty ?? params.additionalProperty
    const path = [...instancePath.split('/').slice(1), ...(typeof named === 'string' ? [named] : [])]
    const field = printable(path.join('.')) || (context === 'querystring' ? 'query' : context)
    const key = isBatch ? (path[0] ?? field) : field // of many records, the first error of each
    const known = byField.get(key)
    // A value of the wrong type is also none of a choice, and the list of these says more.
    if (!known || (known.field === field && keyword === 'enum')) {
      byField.set(key, { field, message: reason(keyword, params, message) })
    }
  }
  return [...byField.values()].slice(0, isBatch ? MAX_BATCH : MAX_DETAILS) as [FieldError, ...FieldError[]]
}

/** Returns what is wrong with a field in a sentence without its subject. `message` is Ajv's own. */
function reason(keyword: string, params: Record<string, unknown>, message: string): string {
  const characters = params.limit === 1 ? '1 character' : `${params.limit} characters`
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
      return 'is not a field that can be given here'
    case 'type':
      return `must be ${[params.type].flat().map(withArticle).join(' or ')}`
    case 'minLength':
      return `must have at least ${characters}`
    case 'maxLength':
      return `must have at most ${characters}`
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}`
    case 'format':
      return formatMessages[String(params.format)] ?? message
    default:
      return message.replace('NOT', 'not')
  }
}

function withArticle(type: unknown): string {
  if (type === 'null') return 'null'
  return `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${type}`
}

export default fp(errorHandler, { name: 'error-handler', fastify: '5.x' })
