// Turns everything that is thrown into the one error body. Causes that clients must not see go to the process log only.

import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { databaseFailure } from '../src/database/failures.ts'
import { Exists, errorBody, type Failure, type FieldError, InUse, invalidFields, Unavailable } from '../src/errors.ts'
import { type ErrorBody, formatMessages, JSON_TYPE, MAX_DETAILS, MAX_FIELD } from '../src/schemas.ts'

export interface ErrorResponse {
  statusCode: number
  headers: Record<string, string>
  payload: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns the body of an error, which holds its status, and the headers that go with it. */
    describeError(error: Error, request: FastifyRequest): { body: ErrorBody; headers: Record<string, string> }
    /** Returns the response for an error, in JSON unless the scope overrides it. Logs what the response hides. */
    errorResponse(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<ErrorResponse>
  }
}

/** Seconds after which a client may retry what failed with 503. */
const RETRY_AFTER = '1'

async function errorHandler(app: FastifyInstance) {
  app.decorate('describeError', describeError)
  app.decorate('errorResponse', async function errorResponse(error, request) {
    const { body, headers } = describeError(error, request)
    if (body.statusCode >= 500) request.log.error({ err: error }, 'request failed')
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
function translate(error: Error, request: FastifyRequest): Failure {
  const { validation, validationContext, code, statusCode } = error as Partial<FastifyError>
  if (validation) return invalidFields(fieldErrors(validation, validationContext ?? 'body'))
  switch (databaseFailure(error)) {
    case 'unique':
      return new Exists()
    case 'reference':
      // Resources check references first and name the field. This record was deleted between that check and the write.
      return request.method === 'DELETE'
        ? new InUse()
        : invalidFields([{ field: 'body', message: 'refers to a record that does not exist' }])
    case 'contention':
    case 'unavailable':
      return new Unavailable()
    case 'other':
      return new Error('database error')
  }
  // Some errors, such as that of an aborted body's stream, have a code but no status.
  if (statusCode === undefined && code === 'ECONNRESET')
    return Object.assign(new Error('The request was aborted'), { statusCode: 400, code: 'ABORTED' })
  return error
}

type ValidationErrors = NonNullable<FastifyError['validation']>

function fieldErrors(validation: ValidationErrors, context: string): [FieldError, ...FieldError[]] {
  const byField = new Map<string, FieldError>()
  for (const { instancePath, keyword, params, message = 'is not valid' } of validation) {
    const named = params.missingProperty ?? params.additionalProperty
    const path = [...instancePath.split('/').slice(1), ...(typeof named === 'string' ? [named] : [])]
    const field = printable(path.join('.')) || (context === 'querystring' ? 'query' : context)
    if (!byField.has(field)) byField.set(field, { field, message: reason(keyword, params, message) })
  }
  return [...byField.values()].slice(0, MAX_DETAILS) as [FieldError, ...FieldError[]]
}

// A field's name may be text that the client made up. It is sent back as text that every JSON parser and database accepts.
function printable(path: string): string {
  return path.slice(0, MAX_FIELD).toWellFormed().replaceAll('\0', '\ufffd')
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
