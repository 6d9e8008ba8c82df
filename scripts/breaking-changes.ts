// What a client of the API would trip over: the differences between two of its documents that break a caller of the
// earlier one.

import type { Document } from '../src/openapi.ts'
import type { Json, JsonObject } from '../src/openapi-schemas.ts'

interface Schema extends JsonObject {
  properties: { [name: string]: Schema }
  required: string[]
  items: Schema
}

/**
 * Names every breaking change from `before` to `after`, a sentence each: an operation, a parameter, a field or a success
 * status that is gone; one that is newly required; a limit that is narrower in what is taken; a type that differs; a
 * field that an answer may now lack or give as null; a caller who is no longer let in.
 */
export function breakingChanges(before: Document, after: Document): string[] {
  const found: string[] = []

  for (const [path, operations] of Object.entries(before.paths)) {
    for (const [method, old] of Object.entries(operations)) {
      const where = `${method.toUpperCase()} ${path}`
      const now = after.paths[path]?.[method]
      if (!now) {
        found.push(`${where} is gone`)
        continue
      }
      for (const allowed of old.security) {
        if (now.security.length > 0 && !now.security.some((one) => isContained(one, allowed))) {
          found.push(`${where} no longer lets in ${JSON.stringify(allowed)}`)
        }
      }
      if (old.security.length === 0 && now.security.length > 0) found.push(`${where} is no longer public`)
      taken(`${where}: the parameters`, parametersOf(old), parametersOf(now))
      taken(`${where}: the body`, bodyOf(old), bodyOf(now))
      for (const [status, answer] of Object.entries(old.responses)) {
        if (Number(status) >= 400) continue
        const given = now.responses[status]
        if (given) gave(`${where}: the answer`, schemaOf(answer), schemaOf(given))
        else found.push(`${where} no longer answers ${status}`)
      }
    }
  }
  return found

  // What a caller may send: all that was taken must still be.
  function taken(where: string, old: Schema | undefined, now: Schema | undefined): void {
    const [was, is] = [resolved(before, old), resolved(after, now)]
    if (!was || !is) {
      if (is?.required.length || (was && Object.keys(was.properties).length > 0)) found.push(`${where} differ`)
      return
    }
    limits(where, was, is)
    for (const [name, schema] of Object.entries(was.properties ?? {})) {
      const field = is.properties?.[name]
      if (field) taken(`${where}: ${name}`, schema, field)
      else found.push(`${where}: ${name} is gone`)
    }
    for (const name of is.required ?? []) {
      if (!was.required?.includes(name)) found.push(`${where}: ${name} is newly required`)
    }
    if (was.items && is.items) taken(`${where}: an item`, was.items, is.items)
  }

  function limits(where: string, was: Schema, is: Schema): void {
    if (!types(was).every((type) => types(is).includes(type)))
      found.push(`${where} is no longer ${types(was).join(' or ')}`)
    for (const keyword of ['format', 'pattern']) {
      if (is[keyword] !== undefined && is[keyword] !== was[keyword]) found.push(`${where} has another ${keyword}`)
    }
    for (const keyword of ['maximum', 'maxLength', 'maxItems']) {
      if (number(is[keyword], Infinity) < number(was[keyword], Infinity))
        found.push(`${where} has a smaller ${keyword}`)
    }
    for (const keyword of ['minimum', 'minLength', 'minItems']) {
      if (number(is[keyword], -Infinity) > number(was[keyword], -Infinity) && is[keyword] !== 0) {
        found.push(`${where} has a larger ${keyword}`)
      }
    }
  }

  // What a caller reads: all that was promised must still be.
  function gave(where: string, old: Schema | undefined, now: Schema | undefined): void {
    const [was, is] = [resolved(before, old), resolved(after, now)]
    if (!was || !is) return
    if (!types(is).every((type) => types(was).includes(type)))
      found.push(`${where} may now be ${types(is).join(' or ')}`)
    if (is.format !== was.format) found.push(`${where} has another format`)
    for (const [name, schema] of Object.entries(was.properties ?? {})) {
      const field = is.properties?.[name]
      if (field) gave(`${where}: ${name}`, schema, field)
      else found.push(`${where}: ${name} is gone`)
    }
    for (const name of was.required ?? []) {
      if (is.properties?.[name] && !is.required?.includes(name)) found.push(`${where}: ${name} may now be missing`)
    }
    if (was.items && is.items) gave(`${where}: an item`, was.items, is.items)
  }
}

/** Whether whoever satisfies `allowed` satisfies `alternative`: the same scheme, and no further role. */
function isContained(alternative: { [scheme: string]: string[] }, allowed: { [scheme: string]: string[] }): boolean {
  return Object.entries(alternative).every(
    ([scheme, roles]) => roles.every((role) => allowed[scheme]?.includes(role)) && scheme in allowed
  )
}

/** The parameters of an operation as the properties of one object. */
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
