// Values made from the schemas of the API's document: such as they take, and such as they should not.

import fc, { type Arbitrary } from 'fast-check'
import type { Document } from '../../src/openapi.ts'

/** What was learned of earlier answers: the JSON of a value for this name, the `pick`-th of those there are. */
export type Recall = (name: string, pick: number) => string | undefined

/** JSON text, which may hold what is learned only while the requests run. */
export type Text = (recall: Recall) => string

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

/** What a path parameter or a reference of this name is learned as: the resource it is an id of. */
function resourceOf(name: string, path: string): string | undefined {
  if (name === 'id') return /([^/]+)\/\{id\}/.exec(path)?.[1]
  if (['username', 'password', 'old_password', 'if-match'].includes(name)) return name
  return /^(.+)_id$/.exec(name)?.[1]
}

// Not fast-check's own unit `binary`, which first makes a map of all there are.
const character = fc
  .integer({ min: 1, max: 0x10_ffff - 0x800 })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800))

/** The words of a text. */
export const list = (text: string) => text.trim().split(/\s+/)

/** JSON that hardly any field takes, or that is easily taken for something else. */
const HOSTILE = list(String.raw`
  null true 0 -0 -1 1.5 1e400 1e-400 2147483648 9007199254740993 -1e15 1e20
  [] {} [1] [null] {"$ne":null} {"__proto__":{"x":1}} {"constructor":{"prototype":{}}}
  "" "\u0020" "5" "01" "1.5" "0x1" "\uff11" "NaN" "a\u0000b" "\ud800" "\udfffx" "\ufffe" "\u202e" "e\u0301" "😀"
  "'\u0020OR\u00201=1--" "%_\\" "../../x" "a/b?c#d" "__proto__" "*" "\"99\"" "W/\"1\"" "\"1\",\u0020\"2\""
  "0000-00-00" "2023-02-30" "2024-01-01T24:00:00" "2016-12-31T23:59:60Z" "+275760-09-13T00:00:00.001Z"
`).concat(`"${'x'.repeat(101)}"`, `"${'😀'.repeat(5_000)}"`)
export const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.json({ stringUnit: character }) },
  { weight: 1, arbitrary: fc.string({ unit: character }).map((text) => JSON.stringify(text)) }
)

/** The values that a schema of the document takes, and such as it should not take; `name` is that of the field. */
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
        return fc.array(valid(items, ''), { minLength, maxLength: Math.min(maxItems, minLength + 5) }).map(inBrackets)
      }
      default:
        return object(schema, (one, name) => valid(one, name))
    }
  }

  function object(schema: Schema, field: (schema: Schema, name: string) => Arbitrary<Text>): Arbitrary<Text> {
    const [example] = (schema.examples ?? []) as Record<string, unknown>[]
    const fields = Object.entries(schema.properties ?? {}).map(([name, one]) => {
      const value = { weight: 3, arbitrary: field(one, name) }
      const isTelling = example && name in example && !resourceOf(name, path)
      return [name, fc.oneof(value, ...(isTelling ? [{ weight: 1, arbitrary: constant(example[name]) }] : []))]
    })
    return fc
      .record(Object.fromEntries(fields) as Record<string, Arbitrary<Text>>, { requiredKeys: schema.required ?? [] })
      .map((record) => written(Object.entries(record)))
  }

  /** Wrong in one place, or just at a limit. */
  function broken(reference: Schema, name: string): Arbitrary<Text> {
    const schema = resolve(reference)
    const wrong = hostile.map(asIs)
    const fields = Object.entries(schema.properties ?? {})
    if (fields.length === 0) return fc.oneof(wrong, constant(...limits(schema)), valid(schema, name).map(quoted))
    const intruder = fc.constantFrom('id', 'role', '__proto__', 'toString', '', '\0', '\ud800', `${'x'.repeat(199)}😀`)
    return fc.oneof(
      { weight: 1, arbitrary: wrong },
      {
        weight: 1,
        arbitrary: fc.tuple(valid(schema, name), intruder, wrong).map(([body, key, value]) => joined(body, key, value))
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

/** A text that is written as it stands. */
export function asIs(text: string): Text {
  return () => text
}

function json(value: unknown): Text {
  return () => JSON.stringify(value)
}

function inBrackets(items: Text[]): Text {
  return (recall) => `[${items.map((item) => item(recall)).join()}]`
}

function written(entries: [name: string, value: Text][]): Text {
  return (recall) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value(recall)}`).join()}}`
}

// With one more field.
function joined(body: Text, key: string, value: Text): Text {
  return (recall) => `${body(recall).slice(0, -1)},${JSON.stringify(key)}:${value(recall)}}`.replace('{,', '{')
}

// A number as text, a text as text in text.
function quoted(value: Text): Text {
  return (recall) => JSON.stringify(value(recall))
}

function limits({ minimum = 0, maximum = 2 ** 31 - 1, minLength = 0, maxLength = 100 }: Schema): unknown[] {
  const text = (length: number) => ['x', '😀', ' '].map((character) => character.repeat(Math.max(0, length)))
  return [
    ...[minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1],
    ...[minLength - 1, minLength, maxLength, maxLength + 1].flatMap(text)
  ]
}

const FIRST = new Date('0001-01-01T00:00:00Z')
const LAST = new Date('9999-12-31T23:59:59.999Z')
const instants = fc.date({ min: FIRST, max: LAST, noInvalidDate: true }).map((date) => date.toISOString())

function string({ format, pattern, minLength = 0, maxLength = 100 }: Schema): Arbitrary<string> {
  if (pattern) return fc.stringMatching(new RegExp(pattern, 'u'))
  if (format === 'uuid') return fc.uuid()
  if (format === 'date') return instants.map((text) => text.slice(0, 10))
  if (format === 'date-time') {
    const zones = fc.constantFrom('Z', '', '+05:30', '-11:00')
    return fc.tuple(instants, zones).map(([text, zone]) => text.replace('Z', zone))
  }
  const limits = { minLength, maxLength }
  return fc.oneof(fc.string({ ...limits, unit: 'grapheme-ascii' }), fc.string({ ...limits, unit: character }))
}
