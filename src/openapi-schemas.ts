// The schemas of the routes in the API's document: JSON Schema as they stand, those with a title under their name.

import type { TSchema } from '@sinclair/typebox'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** What several operations refer to, by name. */
export type Components = { schemas: JsonObject; responses: JsonObject; securitySchemes: JsonObject }

/** What is sent by a schema, as JSON unless it says otherwise, with an example. */
export function content(schema: TSchema, components: Components): JsonObject {
  const type = schema.contentMediaType ?? 'application/json'
  return { [type]: { schema: reference(schema, components), example: exampleOf(schema) } }
}

/** The schema as plain JSON; one that has a title stands in `components.schemas`, and what is given refers to it. */
export function reference(schema: TSchema, components: Components): JsonObject {
  const { title, type, properties, items, anyOf, ...rest } = schema
  const plain: JsonObject = {
    ...(type && { type }),
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

/** A value of the schema: its first example, or one put together from those of its parts. Throws when there is none. */
function exampleOf(schema: TSchema): Json {
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
  if (types.includes('string') && !schema.pattern && (schema.format ?? 'text') === 'text') {
    return 'text'.slice(0, schema.maxLength ?? 4)
  }
  throw new Error(`this schema needs examples: ${JSON.stringify(schema)}`)
}
