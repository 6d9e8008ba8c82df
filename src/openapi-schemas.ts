// The schemas of the routes in the API's document: JSON Schema as they stand, those with a title under their name.

import type { TSchema } from '@sinclair/typebox'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** What several operations refer to, by name. */
export type Components = { schemas: JsonObject; responses: JsonObject; securitySchemes: JsonObject }

/** What is sent as JSON by a schema, with an example. */
export function content(schema: TSchema, components: Components): JsonObject {
  return { 'application/json': { schema: reference(schema, components), example: exampleOf(schema) } }
}

/** The schema as plain JSON; one that has a title stands in `components.schemas`, and what is given refers to it. */
export function reference(schema: TSchema, components: Components): JsonObject {
  const { title, type, properties, items, ...rest } = schema
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
    ...(items && { items: reference(items, components) })
  }
  if (title === undefined) return plain
  const known = components.schemas[title]
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(plain)) {
    throw new Error(`two different schemas have the title ${title}`)
  }
  components.schemas[title] = plain
  return { $ref: `#/components/schemas/${title}` }
}

/** A value of the schema: its first example, or one put together from those of its parts. */
function exampleOf(schema: TSchema): Json {
  const [example] = (schema.examples as Json[] | undefined) ?? []
  if (example !== undefined) return example
  if (schema.const !== undefined) return schema.const
  if (schema.items) return [exampleOf(schema.items)]
  if (schema.properties) {
    const entries = Object.entries(schema.properties as Record<string, TSchema>)
    return Object.fromEntries(entries.map(([name, property]) => [name, exampleOf(property)]))
  }
  return [schema.type].flat().includes('null') ? null : 'text'
}
