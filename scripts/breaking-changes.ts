// Finds the differences between two OpenAPI documents that break clients of the earlier one.

import type { Document } from '../plugins/openapi/document.ts'
import type { Json, JsonObject } from '../plugins/openapi/json-schema.ts'

interface Schema extends JsonObject {
  properties: { [name: string]: Schema }
  required: string[]
  items: Schema
}

/**
 * Returns a sentence for every breaking change from `before` to `after`: an operation, parameter, field or success status
 * was removed; a parameter or field became required; a limit or choice of the input became narrower; a type, default or
 * alternative changed; a field or header of a response can now be missing or null; a caller may no longer call.
 */
export function breakingChanges(before: Document, after: Document): string[] {
  const found: string[] = []

  for (const [path, operations] of Object.entries(before.paths)) {
    for (const [method, old] of Object.entries(operations)) {
      const where = `${method.toUpperCase()} ${path}`
      const now = after.paths[path]?.[method]
      if (!now) {
        found.push(`${where} was removed`)
        continue
      }
      for (const allowed of old.security) {
        if (now.security.length > 0 && !now.security.some((one) => isContained(one, allowed))) {
          found.push(`${where} no longer accepts ${JSON.stringify(allowed)}`)
        }
      }
      if (old.security.length === 0 && now.security.length > 0) found.push(`${where} is no longer public`)
      taken(`${where}: the parameters`, parametersOf(old), parametersOf(now))
      taken(`${where}: the body`, bodyOf(old), bodyOf(now))
      for (const [status, response] of Object.entries(old.responses)) {
        if (Number(status) >= 400) continue
        const given = now.responses[status]
        if (!given) {
          found.push(`${where} no longer responds with ${status}`)
          continue
        }
        gave(`${where}: the response`, schemaOf(response), schemaOf(given))
        const headers = (given.headers ?? {}) as JsonObject
        for (const header of Object.keys(response.headers ?? {})) {
          if (!(header in headers)) found.push(`${where}: the header ${header} was removed`)
        }
      }
    }
  }
  return found

  // What a caller may send: everything that was accepted must still be accepted.
  function taken(where: string, old: Schema | undefined, now: Schema | undefined): void {
    const [was, is] = [resolved(before, old), resolved(after, now)]
    if (!is) return
    if (!was) {
      found.push(`${where} is now required`)
      return
    }
    limits(where, was, is)
    for (const [name, schema] of Object.entries(was.properties ?? {})) {
      const field = is.properties?.[name]
      if (field) taken(`${where}: ${name}`, schema, field)
      else found.push(`${where}: ${name} was removed`)
    }
    for (const name of is.required ?? []) {
      if (!was.required?.includes(name)) found.push(`${where}: ${name} is now required`)
    }
    if (was.additionalProperties !== false && is.additionalProperties === false) {
      found.push(`${where}: other fields are no longer accepted`)
    }
    if (was.items && is.items) taken(`${where}: an item`, was.items, is.items)
    if (!same(was.default, is.default)) found.push(`${where} has another default`)
    if (!same(was.anyOf, is.anyOf)) found.push(`${where} has other alternatives`)
  }

  function limits(where: string, was: Schema, is: Schema): void {
    const accepted = types(is).flatMap((type) => (type === 'number' ? ['number', 'integer'] : [type]))
    if (accepted.length > 0 && (types(was).length === 0 || !types(was).every((type) => accepted.includes(type)))) {
      found.push(`${where} is no longer ${types(was).join(' or ') || 'anything'}`)
    }
    for (const keyword of EXACT) {
      if (is[keyword] !== undefined && !same(is[keyword], was[keyword])) found.push(`${where} has another ${keyword}`)
    }
    if (is.enum && !values(was.enum).every((value) => values(is.enum).includes(value))) {
      found.push(`${where} accepts fewer values`)
    }
    if (is.enum && !was.enum) found.push(`${where} accepts only some values`)
    for (const keyword of ['maximum', 'maxLength', 'maxItems']) {
      if (number(is[keyword], Infinity) < number(was[keyword], Infinity))
        found.push(`${where} has a smaller ${keyword}`)
    }
    for (const [keyword, least] of [
      ['minimum', -Infinity] as const,
      ['minLength', 0] as const,
      ['minItems', 0] as const
    ]) {
      if (number(is[keyword], least) > number(was[keyword], least)) found.push(`${where} has a larger ${keyword}`)
    }
  }

  // What a caller reads: everything that was promised must still be sent.
  function gave(where: string, old: Schema | undefined, now: Schema | undefined): void {
    const [was, is] = [resolved(before, old), resolved(after, now)]
    if (!was) return
    if (!is) {
      found.push(`${where} was removed`)
      return
    }
    if (types(was).length > 0 && (types(is).length === 0 || !types(is).every((type) => types(was).includes(type)))) {
      found.push(`${where} may now be ${types(is).join(' or ') || 'anything'}`)
    }
    for (const keyword of ['format', 'const', 'anyOf']) {
      if (!same(is[keyword], was[keyword])) found.push(`${where} has another ${keyword}`)
    }
    if (was.enum && (!is.enum || !values(is.enum).every((value) => values(was.enum).includes(value)))) {
      found.push(`${where} may have other values`)
    }
    for (const [name, schema] of Object.entries(was.properties ?? {})) {
      const field = is.properties?.[name]
      if (field) gave(`${where}: ${name}`, schema, field)
      else found.push(`${where}: ${name} was removed`)
    }
    for (const name of was.required ?? []) {
      if (is.properties?.[name] && !is.required?.includes(name)) found.push(`${where}: ${name} may now be missing`)
    }
    if (was.items) gave(`${where}: an item`, was.items, is.items)
  }
}

/** Keywords of the input that must not change, but may be removed. */
const EXACT = ['format', 'pattern', 'const', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'uniqueItems']

function same(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function values(list: Json | undefined): Json[] {
  return Array.isArray(list) ? list : []
}

/** Whether a caller that satisfies `allowed` also satisfies `alternative`: the same scheme, and no additional role. */
function isContained(alternative: { [scheme: string]: string[] }, allowed: { [scheme: string]: string[] }): boolean {
  return Object.entries(alternative).every(
    ([scheme, roles]) => roles.every((role) => allowed[scheme]?.includes(role)) && scheme in allowed
  )
}

/** Returns the parameters of an operation as the properties of one object. */
function parametersOf({ parameters }: { parameters: JsonObject[] }): Schema {
  const named = parameters.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter] as const)
  return {
    properties: Object.fromEntries(named.map(([name, { schema }]) => [name, schema as Schema])),
    required: named.flatMap(([name, { required }]) => (required ? [name] : []))
  } as Schema
}

function bodyOf({ requestBody }: JsonObject): Schema | undefined {
  return requestBody ? schemaOf(requestBody as JsonObject) : undefined
}

function schemaOf(holder: JsonObject): Schema | undefined {
  const media = (holder.content as { [type: string]: JsonObject } | undefined)?.['application/json']
  return media?.schema as Schema | undefined
}

function resolved(document: Document, schema: Schema | undefined): Schema | undefined {
  const name = (schema?.$ref as string | undefined)?.replace('#/components/schemas/', '')
  return name === undefined ? schema : (document.components.schemas[name] as Schema)
}

function types({ type }: Schema): Json[] {
  return type === undefined ? [] : [type].flat()
}

function number(value: Json | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}
