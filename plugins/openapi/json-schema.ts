// The schemas of routes in the OpenAPI document. They are JSON Schema already; those with a title go to `components`.

import type { TSchema } from '@sinclair/typebox'
import { PATTERNS } from '../../src/formats.ts'
import { NDJSON, recordsKey } from '../../src/list-schemas.ts'
import { PATCH_TYPES } from '../../src/schemas.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** What operations refer to by name. */
export type Components = { schemas: JsonObject; responses: JsonObject; securitySchemes: JsonObject }

/**
 * Returns the content of a body with this schema and an example; JSON unless the schema has another media type. Of a body that
 * can have several media types, Fastify takes the schema of each, in `content`.
 */
export function content(schema: TSchema, components: Components): JsonObject {
  if (schema.content) {
    const types = Object.entries(schema.content as Record<string, { schema: TSchema }>)
    return Object.fromEntries(types.map(([type, { schema }]) => [type, { schema: reference(schema, components) }]))
  }
  const type = schema.contentMediaType ?? 'application/json'
  const described = { [type]: { schema: reference(schema, components), example: exampleOf(schema) } }
  const key = recordsKey(schema)
  if (key === undefined) return described
  const record = schema.properties[key].items as TSchema
  return { ...described, [NDJSON]: { schema: reference(record, components), example: exampleOf(record) } }
}

/** Returns the content of the body of a request with this method. */
export function requestContent(method: string, schema: TSchema, components: Components): JsonObject {
  const described = content(schema, components)
  const [media] = Object.values(described) as [JsonObject]
  return method === 'PATCH' ? Object.fromEntries(PATCH_TYPES.map((type) => [type, media])) : described
}

/** Returns the schema as plain JSON. If it has a title, adds it to `components.schemas` and returns a reference to it. */
export function reference(schema: TSchema, components: Components): JsonObject {
  const { title, type, properties, items, anyOf, format, ...rest } = schema
  const plain: JsonObject = {
    ...(type && { type }),
    ...(format && (PATTERNS[format] ? { pattern: PATTERNS[format] } : { format })),
    ...(JSON.parse(JSON.stringify(rest)) as JsonObject),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, TSchema>).map(([name, property]) => [
          name,
          reference(property, components)
        ])
      )
    }),
    ...(items && { items: reference(items, components) }),
    ...(anyOf && { anyOf: (anyOf as TSchema[]).map((one) => reference(one, components)) })
  }
  if (title === undefined) return plain
  const known = components.schemas[title]
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(plain)) {
    throw new Error(`two different schemas have the title ${title}`)
  }
  components.schemas[title] = plain
  return { $ref: `#/components/schemas/${title}` }
}

/** Returns the first example of a schema, or one made from the examples of its parts. Throws when there is none. */
export function exampleOf(schema: TSchema): Json {
  const [example] = (schema.examples as Json[] | undefined) ?? []
  if (example !== undefined) return example
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.anyOf) return exampleOf(schema.anyOf[0])
  if (schema.items) return [exampleOf(schema.items)]
  if (schema.properties) {
    const entries = Object.entries(schema.properties as Record<string, TSchema>)
    return Object.fromEntries(entries.map(([name, property]) => [name, exampleOf(property)]))
  }
  const types = [schema.type].flat()
  if (types.includes('null')) return null
  if (types.includes('integer')) return schema.minimum ?? 0
  if (types.includes('string') && !schema.pattern && (schema.format ?? 'text') === 'text') {
    return 'text'.slice(0, schema.maxLength ?? 4)
  }
  throw new Error(`this schema needs examples: ${JSON.stringify(schema)}`)
}
