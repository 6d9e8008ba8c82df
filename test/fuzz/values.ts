// Values that are generated from the schemas of the API's document: valid ones, and wrong ones.

import fc, { type Arbitrary } from 'fast-check'
import type { Document } from '../../plugins/openapi/document.ts'
import { PATTERNS } from '../../src/formats.ts'
import { character, hostile, limits } from './hostile-values.ts'
import { asString, fixed, json, jsonArray, jsonObject, type Text, withField } from './json-text.ts'

export interface Schema {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  pattern?: string
  format?: string
  examples?: unknown[]
}

/** Returns the name under which values for this field are remembered. For an id it is the name of its resource. */
function resourceOf(name: string, path: string): string | undefined {
  if (name === 'id') return /([^/]+)\/\{id\}/.exec(path)?.[1]
  if (['username', 'password', 'old_password', 'if-match', 'after'].includes(name)) return name
  return /^(.+)_id$/.exec(name)?.[1]
}

/** Returns generators of values for a schema: `valid`, and `broken`. The `name` of both is that of the field. */
export function values(document: Document, path: string) {
  const constant = (...choice: unknown[]) => fc.constantFrom(...choice).map(json)

  function resolve(schema: Schema): Schema {
    if (!schema.$ref) return schema
    const steps = schema.$ref.slice(2).split('/')
    return resolve(steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document) as Schema)
  }

  function valid(reference: Schema, name: string): Arbitrary<Text> {
    const schema = resolve(reference)
    const resource = resourceOf(name, path)
    const any = anyOf(schema, name)
    if (!resource) return any
    const known = fc.tuple(fc.nat(), any).map(([pick, otherwise]): Text => {
      return (recall) => recall(resource, pick) ?? otherwise(recall)
    })
    return fc.oneof({ weight: 7, arbitrary: known }, { weight: 1, arbitrary: any })
  }

  function anyOf(schema: Schema, name: string): Arbitrary<Text> {
    const alternatives = schema.anyOf ?? schema.oneOf
    if (alternatives) return fc.oneof(...alternatives.map((one) => valid(one, name)))
    if ('const' in schema) return constant(schema.const)
    if (schema.enum) return constant(...schema.enum)
    const [type = 'object', ...others] = [schema.type ?? []].flat()
    const plain = typed({ ...schema, type })
    const examples = schema.properties ? [] : (schema.examples ?? [])
    return fc.oneof(
      { weight: 6, arbitrary: plain },
      ...(examples.length > 0 ? [{ weight: 1, arbitrary: constant(...examples) }] : []),
      ...others.map((other) => ({ weight: 1, arbitrary: typed({ ...schema, type: other }) }))
    )
  }

  function typed(schema: Schema): Arbitrary<Text> {
    const { minimum: min = -(2 ** 31), maximum: max = 2 ** 31 - 1 } = schema
    switch (schema.type) {
      case 'null':
        return constant(null)
      case 'boolean':
        return constant(true, false)
      case 'integer':
        return fc.oneof(fc.integer({ min, max }), fc.integer({ min, max: Math.min(max, min + 20) })).map(json)
      case 'number':
        return fc.double({ min, max, noNaN: true }).map(json)
      case 'string':
        return string(schema).map(json)
      case 'array': {
        const { items = {}, minItems: minLength = 0, maxItems = 5 } = schema
        return fc.array(valid(items, ''), { minLength, maxLength: Math.min(maxItems, minLength + 5) }).map(jsonArray)
      }
      default: {
        const mixed = { weight: 2, arbitrary: object(schema, valid) }
        // The values of many fields are seldom all right by chance.
        const likely = schema.examples ? [likeExample(schema)] : []
        if (!schema.required && schema.properties) likely.push(oneField(schema))
        return fc.oneof(mixed, ...likely.map((arbitrary) => ({ weight: 1, arbitrary })))
      }
    }
  }

  /** Generates an object with one field. */
  function oneField({ properties = {} }: Schema): Arbitrary<Text> {
    const typed = Object.entries(properties).filter(([, one]) => one.type ?? one.$ref ?? one.anyOf)
    return fc.oneof(...typed.map(([name, one]) => valid(one, name).map((value) => jsonObject([[name, value]]))))
  }

  /** Generates the example of an object, with references to known records. */
  function likeExample(schema: Schema): Arbitrary<Text> {
    const [example = {}] = (schema.examples ?? []) as Record<string, unknown>[]
    const fields = Object.entries(schema.properties ?? {}).filter(([name]) => name in example)
    const generated = fields.map(([name, one]) => {
      const given = constant(example[name])
      const isReference = resourceOf(name, path) !== undefined && example[name] !== null
      return [name, isReference ? fc.oneof(valid(one, name), given) : given] as const
    })
    return fc.record(Object.fromEntries(generated)).map((record) => jsonObject(Object.entries(record)))
  }

  function object(schema: Schema, field: (schema: Schema, name: string) => Arbitrary<Text>): Arbitrary<Text> {
    const [example] = (schema.examples ?? []) as Record<string, unknown>[]
    // A field without a type may be sent only as it was read.
    const typed = Object.entries(schema.properties ?? {}).filter(([, one]) => one.type ?? one.$ref ?? one.anyOf)
    const fields = typed.map(([name, one]) => {
      const value = { weight: 3, arbitrary: field(one, name) }
      const hasExample = example && name in example && !resourceOf(name, path)
      return [name, fc.oneof(value, ...(hasExample ? [{ weight: 1, arbitrary: constant(example[name]) }] : []))]
    })
    return fc
      .record(Object.fromEntries(fields) as Record<string, Arbitrary<Text>>, { requiredKeys: schema.required ?? [] })
      .map((record) => jsonObject(Object.entries(record)))
  }

  /** Generates values that are wrong in one place, or just at a limit. */
  function broken(reference: Schema, name: string): Arbitrary<Text> {
    const schema = resolve(reference)
    const wrong = hostile.map(fixed)
    const fields = Object.entries(schema.properties ?? {})
    if (fields.length === 0) return fc.oneof(wrong, constant(...limits(schema)), valid(schema, name).map(asString))
    const intruder = fc.constantFrom('id', 'role', '__proto__', 'toString', '', '\0', '\ud800', `${'x'.repeat(199)}😀`)
    return fc.oneof(
      { weight: 1, arbitrary: wrong },
      {
        weight: 1,
        arbitrary: fc
          .tuple(valid(schema, name), intruder, wrong)
          .map(([body, key, value]) => withField(body, key, value))
      },
      { weight: 1, arbitrary: object({ ...schema, required: [] }, valid) },
      ...fields.map(([wrongOne]) => ({
        weight: 1,
        arbitrary: object(schema, (one, field) => (field === wrongOne ? broken(one, field) : valid(one, field)))
      }))
    )
  }

  return { valid, broken }
}

const FIRST = new Date('0001-01-01T00:00:00Z')
const LAST = new Date('9999-12-31T23:59:59.999Z')
const instants = fc.date({ min: FIRST, max: LAST, noInvalidDate: true }).map((date) => date.toISOString())

const zones = fc.constantFrom('Z', '', '+05:30', '-11:00', '123Z', '456789+00:00')
const zoned = fc.tuple(instants, zones).map(([text, zone]) => text.replace('Z', zone))

function string({ format, pattern, minLength = 0, maxLength = 100 }: Schema): Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'email') return fc.emailAddress()
  if (format === 'uri') return fc.webUrl()
  if (pattern === PATTERNS['any-date'])
    return fc.oneof(
      zoned,
      instants.map((text) => text.slice(0, 10))
    )
  if (pattern === PATTERNS['any-date-time']) return zoned
  if (pattern && pattern !== PATTERNS.text) return fc.stringMatching(new RegExp(pattern, 'u'))
  const limits = { minLength, maxLength }
  return fc.oneof(fc.string({ ...limits, unit: 'grapheme-ascii' }), fc.string({ ...limits, unit: character }))
}
