// Reads input: JSON in UTF-8 and nothing else, validated without coercion, which would store a missing measurement as 0. For
// PATCH it may be called a merge patch. Only numbers and flags in paths and query strings are converted, because there
// everything is text.

import type { ValidateFunction } from 'ajv'
import { errorCodes, type FastifyInstance, type FastifySchemaCompiler } from 'fastify'
import fp from 'fastify-plugin'
import { BadRequest, invalidFields, printable, UnsupportedMedia } from '../src/errors.ts'
import { formats } from '../src/formats.ts'
import { PATCH_TYPES, UTF8 } from '../src/schemas.ts'
import { createAjv } from '../src/validators.ts'

/** How a number or a flag must be written in an address. */
const WRITTEN: Record<string, RegExp> = {
  integer: /^(0|-?[1-9]\d{0,15})$/,
  number: /^-?(0|[1-9]\d{0,99})(\.\d{1,400})?(e[+-]?\d{1,3})?$/i,
  boolean: /^(true|false)$/
}

async function json(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('error', 'error')
  const decoder = new TextDecoder('utf-8', { fatal: true })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(PATCH_TYPES, { parseAs: 'buffer' }, function parseJson(request, body, done) {
    const contentType = request.headers['content-type'] ?? ''
    if (request.method !== 'PATCH' && !/^application\/json\b/i.test(contentType)) {
      return done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(contentType))
    }
    if (/charset/i.test(contentType) && !UTF8.test(contentType)) {
      return done(new UnsupportedMedia(`The body must be in UTF-8, not in the charset of "${printable(contentType)}"`))
    }
    if (body.length === 0) return done(null, undefined)
    let text: string
    try {
      text = decoder.decode(body as Buffer)
    } catch {
      return done(invalidFields([{ field: 'body', message: 'is not UTF-8' }]))
    }
    parse(request, text, (error, value) =>
      error ? done(invalidFields([{ field: 'body', message: jsonProblem(text) }])) : done(null, value)
    )
  })

  app.addHook('onRequest', function refuseUnreadable(request, _reply, done) {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      return done(
        new UnsupportedMedia(`Content-Encoding "${printable(encoding)}" is not supported. Send the body as it is`)
      )
    }
    if (request.raw.url?.includes('%00')) return done(new BadRequest('The address contains NUL'))
    done()
  })

  app.setValidatorCompiler(validatorCompiler)
}

/** Returns why Fastify rejects a text. It gives the same error for keys that could change the prototype of an object. */
function jsonProblem(text: string): string {
  try {
    JSON.parse(text)
    return 'has a key that is not accepted, such as __proto__'
  } catch {
    return 'is not valid JSON'
  }
}

const ajv = createAjv({ allErrors: true, coerceTypes: false, removeAdditional: false, useDefaults: true, formats })

const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const convert = httpPart === 'body' ? undefined : createConverter(schema as { properties: Properties })
  let compiled: ValidateFunction | undefined
  const validate: Validator = (input) => {
    compiled ??= ajv.compile(schema) // not before the first request, because compiling all of them would slow the start
    convert?.(input as Record<string, unknown>)
    const isValid = compiled(input)
    validate.errors = compiled.errors
    return isValid
  }
  return validate
}

type Validator = ((input: unknown) => boolean) & Pick<ValidateFunction, 'errors'>
type Properties = Record<string, { type: string }>

/** Returns a function that converts the texts of numbers and flags where these properties are such. */
function createConverter({ properties }: { properties: Properties }): (input: Record<string, unknown>) => void {
  const converted = Object.entries(properties).flatMap(([name, { type }]) => {
    const written = WRITTEN[type]
    return written ? [{ name, written }] : []
  })
  return (input) => {
    for (const { name, written } of converted) {
      const text = input[name]
      if (typeof text === 'string' && written.test(text)) input[name] = JSON.parse(text)
    }
  }
}

export default fp(json, { name: 'json', fastify: '5.x' })
