// Turns whatever was thrown into the one error body. A cause that is not ours to tell goes to the process log only.

import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { databaseFailure } from '../src/db.ts'
import { codeOf, Exists, type FieldError, InUse, invalidFields, Unavailable } from '../src/errors.ts'
import { type ErrorBody, formatMessages, JSON_TYPE, MAX_DETAILS, MAX_FIELD } from '../src/schemas.ts'

export interface ErrorAnswer {
  statusCode: number
  headers: Record<string, string>
  payload: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What a client is told of an error: the body with its status, and the headers that go with it. */
    describeError(error: Error, request: FastifyRequest): { body: ErrorBody; headers: Record<string, string> }
    /** The answer that tells of an error, in JSON unless the scope has another; logs what the client is not told. */
    errorAnswer(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<ErrorAnswer>
  }
}

/** Seconds after which a client may try again what failed with 503. */
const RETRY_AFTER = '1'

async function errors(app: FastifyInstance) {
  app.decorate('describeError', describeError)
  app.decorate('errorAnswer', async function errorAnswer(error, request) {
    const { body, headers } = describeError(error, request)
    if (body.statusCode >= 500) request.log.error({ err: error }, 'request failed')
    return {
      statusCode: body.statusCode,
      headers: { 'content-type': JSON_TYPE, ...headers },
      payload: JSON.stringify(body)
    }
  })

  app.setErrorHandler(async function answerError(error: Error, request, reply) {
    const { statusCode, headers, payload } = await request.server.errorAnswer(error, request, reply)
    return reply.code(statusCode).headers(headers).send(payload)
  })
}

function describeError(thrown: Error, request: FastifyRequest) {
  const error: Answerable = translate(thrown, request)
  const statusCode = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500
  const body: ErrorBody = {
    statusCode,
    error: STATUS_CODES[statusCode] ?? 'Error',
    message: error.message,
    code: error.code?.startsWith('FST_') ? codeOf(statusCode) : (error.code ?? codeOf(statusCode))
  }
  const headers = { ...error.headers }
  if (statusCode >= 500) {
    body.requestId = request.id
    if (statusCode === 503) headers['retry-after'] = RETRY_AFTER
    else Object.assign(body, { message: 'Something went wrong on our side', code: 'INTERNAL_ERROR' })
  }
  if (statusCode === 401 && !request.routeOptions.config.session) {
    body.msg = body.message
    headers['www-authenticate'] = REFUSED_TOKEN.test(body.code) ? 'Bearer error="invalid_token"' : 'Bearer'
  }
  if (error.details) body.details = error.details
  return { body, headers }
}

// RFC 6750 §3.1; a request that brought no token is told of no error.
const REFUSED_TOKEN = /^TOKEN_(INVALID|WRONG_TYPE|EXPIRED|REVOKED)$/

interface Answerable extends Error {
  statusCode?: number
  code?: string
  details?: FieldError[]
  headers?: Record<string, string>
}

// What Fastify, the validator and the drivers throw, in our own words where theirs tell too little or too much.
function translate(error: Error, request: FastifyRequest): Answerable {
  const { validation, validationContext, code, statusCode } = error as Partial<FastifyError>
  if (validation) return invalidFields(fieldErrors(validation, validationContext ?? 'body'))
  switch (databaseFailure(error)) {
    case 'unique':
      return new Exists()
    case 'reference':
      // Resources name the field beforehand; this is the record that went between their look and their write.
      return request.method === 'DELETE'
        ? new InUse()
        : invalidFields([{ field: 'body', message: 'refers to a record that does not exist' }])
    case 'contention':
    case 'unavailable':
      return new Unavailable()
    case 'other':
      return new Error('database error')
  }
  // The stream of an aborted body, for instance, throws errors that have a code and no status.
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
    const field = nameable(path.join('.')) || (context === 'querystring' ? 'query' : context)
    if (!byField.has(field)) byField.set(field, { field, message: reason(keyword, params, message) })
  }
  return [...byField.values()].slice(0, MAX_DETAILS) as [FieldError, ...FieldError[]]
}

// A field's name may be the client's own text; it leaves as text that any JSON parser and database takes.
function nameable(path: string): string {
  return path.slice(0, MAX_FIELD).toWellFormed().replaceAll('\0', '\ufffd')
}

function reason(keyword: string, params: Record<string, unknown>, message: string): string {
  if (keyword === 'required') return 'is required'
  if (keyword === 'additionalProperties') return 'is not a field that can be given here'
  if (keyword === 'format') return formatMessages[String(params.format)] ?? message
  return message.replace('NOT', 'not')
}

export default fp(errors, { name: 'errors', fastify: '5.x' })
