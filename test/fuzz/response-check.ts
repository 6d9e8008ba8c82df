// Whether a response is one that the document describes.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { LightMyRequestResponse } from 'fastify'
import type { Document } from '../../plugins/openapi/document.ts'
import type { JsonObject } from '../../plugins/openapi/json-schema.ts'
import { formats } from '../../src/formats.ts'
import { NDJSON } from '../../src/list-schemas.ts'
import type { Plan } from './requests.ts'

/**
 * Returns a function that compares a response with the document. It returns a sentence that says what is wrong, or
 * undefined.
 */
export function createResponseCheck(document: Document) {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  const ajv = new Ajv2020({ strict: false, formats: { ...formats, uuid } })
  ajv.addSchema(document, 'document')
  const validators = new Map<string, ValidateFunction>()

  function problem(pointer: string, value: unknown): string | undefined {
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `document${pointer}` })
    validators.set(pointer, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }

  return function problemOf({ operation, path, method }: Plan, reply: LightMyRequestResponse): string | undefined {
    const { statusCode: status, headers, payload } = reply
    const named = operation.responses[status]
    if (!named) return `${status} is not documented`
    if (status >= 500) return `${status} is a failure`
    const steps = ['paths', path, method.toLowerCase(), 'responses', status]
    const pointer = (named.$ref as string) ?? `#/${steps.map(step).join('/')}`
    const response = (
      named.$ref ? document.components.responses[String(named.$ref).split('/').at(-1) ?? ''] : named
    ) as JsonObject

    for (const [name, described] of Object.entries((response.headers ?? {}) as { [name: string]: JsonObject })) {
      const value = headers[name.toLowerCase()]
      if (value === undefined && described.required === false) continue
      const wrong = value === undefined ? 'missing' : problem(`${pointer}/headers/${name}/schema`, value)
      if (wrong) return `${status} has a wrong ${name}: ${wrong}`
    }
    if (!response.content) return payload === '' ? undefined : `${status} has a body`
    const type = String(headers['content-type']).split(';', 1)[0] ?? ''
    if (!Object.hasOwn(response.content as JsonObject, type)) return `${status} is of the type ${type}`
    if (!/json$/.test(type)) return undefined
    const values = type === NDJSON ? linesIn(payload) : [reply.json()]
    const [wrong] = values.flatMap((value) => problem(`${pointer}/content/${step(type)}/schema`, value) ?? [])
    return wrong && `${status} breaks its schema: ${wrong}`
  }
}

function linesIn(text: string): unknown[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

function step(name: string | number): string {
  return encodeURIComponent(String(name).replaceAll('~', '~0').replaceAll('/', '~1'))
}
