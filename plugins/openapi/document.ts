// The OpenAPI 3.1 document, made from the registered routes: their schemas and their policies. The errors that a route can
// answer with are derived from what it takes.

import { type TSchema, Type } from '@sinclair/typebox'
import type { RouteOptions } from 'fastify'
import { IfNoneMatch } from '../../src/entity-tags.ts'
import { ErrorBody } from '../../src/schemas.ts'
import type { RoutePolicy } from '../roles/policy.ts'
import { type Components, exampleOf, type JsonObject, reference, requestContent } from './json-schema.ts'
import { describeResponse } from './responses.ts'

export interface Operation extends JsonObject {
  operationId: string
  security: { [scheme: string]: string[] }[]
  parameters: JsonObject[]
  responses: { [status: string]: JsonObject }
}

export interface Document extends JsonObject {
  info: { title: string; version: string; description: string; license: JsonObject }
  paths: { [path: string]: { [method: string]: Operation } }
  components: Components
}

const DESCRIPTION = `JSON in UTF-8, for requests and responses. A trailing slash is optional everywhere. HEAD works where GET
does, except where GET issues a token; any other method gets 405 with \`Allow\`.

Log in with \`POST /api/auth/\`. Send the access token as \`Authorization: Bearer <token>\`; where an operation needs the
refresh token, send that one instead. Every operation can reject a request that is not valid HTTP (400, 408, 414, 417, 431).

Every error has the same body. Unknown fields, and unknown query parameters of a list, are rejected.`

/** The descriptions name RFC8725, which the rules of OWASP require: claims and checks follow it. */
const securitySchemes = {
  accessToken: bearer('Valid for minutes. From POST or GET /api/auth/. RFC8725.'),
  refreshToken: bearer('Valid for days. From POST /api/auth/. It only issues and revokes tokens. RFC8725.')
}

function bearer(description: string): JsonObject {
  return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description }
}

/**
 * Returns the document of these routes, without pages and without HEAD. Takes the routes as an onRoute hook gets them,
 * once the server is ready, and the SPDX name of a license. Throws when two schemas have the same title, two operations
 * the same name, or when a schema has no example.
 */
export function openapiDocument(
  routes: RouteOptions[],
  { license, ...info }: { title: string; version: string; license: string }
): Document {
  const components: Components = { schemas: {}, responses: {}, securitySchemes }
  const paths: Document['paths'] = {}
  const names = new Set<string>()

  for (const route of routes) {
    if (!isDocumented(route)) continue
    const path = documentedPath(route)
    for (const method of [route.method].flat()) {
      if (method === 'HEAD') continue
      const described = operation(route, method, path, components)
      if (names.has(described.operationId)) throw new Error(`two operations are named ${described.operationId}`)
      names.add(described.operationId)
      paths[path] = { ...paths[path], [method.toLowerCase()]: described }
    }
  }
  components.schemas = sorted(components.schemas)
  components.responses = sorted(components.responses)
  return {
    openapi: '3.1.0',
    info: { ...info, description: DESCRIPTION, license: { name: license, identifier: license } },
    servers: [{ url: 'http://127.0.0.1:5000', description: 'local: the demo, npm run demo', 'x-internal': true }],
    tags: [...new Set(Object.keys(paths).sort().map(tagOf))].map((name) => ({ name })),
    paths: sorted(paths),
    components
  }
}

type Schemas = Record<string, TSchema | undefined>

/** Returns the schemas of a route: what it takes, and its responses by status. */
function schemasOf({ schema = {} }: RouteOptions) {
  const { params, querystring, headers, body, response } = schema as Schemas
  return { params, querystring, header: headers, body, response: (response ?? {}) as Record<string, TSchema> }
}

function isDocumented({ config }: RouteOptions): boolean {
  return !config?.session && !config?.undocumented
}

/** Returns `/api/room/{id}` for `/api/room/:id`, and the root of a scope with its slash. */
function documentedPath({ url, prefix }: RouteOptions & { prefix?: string }): string {
  return url === prefix ? `${url}/` : url.replace(/:(\w+)(\([^)]*\))?\??/g, '{$1}')
}

/** Returns the resource of a path: its first part that is not `api`. */
function tagOf(path: string): string {
  return path.split('/').find((part) => part !== '' && part !== 'api') ?? ''
}

function operation(route: RouteOptions, method: string, path: string, components: Components): Operation {
  const { params, querystring, header, body, response } = schemasOf(route)
  const policy = route.config?.policy as RoutePolicy
  const name = method === 'PATCH' ? 'patch' : route.handler.name
  const isRecord = method !== 'DELETE' && path.endsWith('}') && 'id' in (response[200]?.properties ?? {})
  const isConditional = isRecord && method === 'GET'
  const answers = {
    ...Object.fromEntries(failures(route, method).map((status) => [status, ErrorBody])),
    ...response,
    ...(isConditional && { 304: Type.Null() })
  }
  return {
    operationId: `${tagOf(path)}-${name}`.replace(/[-_](.)/g, (_match, letter: string) => letter.toUpperCase()),
    summary: route.schema?.summary ?? SUMMARIES[name] ?? name,
    description: whoMay(policy),
    tags: [tagOf(path)],
    security: securityOf(policy),
    parameters: [
      ...parameters('path', params, components),
      ...parameters('query', querystring, components),
      ...parameters('header', header, components),
      ...(isConditional ? parameters('header', IfNoneMatch, components) : [])
    ],
    ...(body && { requestBody: { required: true, content: requestContent(method, body, components) } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, schema]) => [
        status.replace('xx', 'XX'),
        describeResponse(status, schema, isRecord, components)
      ])
    )
  }
}

const SUMMARIES: Record<string, string> = {
  list: 'List, in slices',
  create: 'Add',
  read: 'Read',
  update: 'Change the given fields',
  patch: 'Change the given fields; the same as PUT',
  remove: 'Delete'
}

function whoMay(policy: RoutePolicy): string {
  if (policy === 'public') return 'For everybody.'
  if (policy === 'refresh token') return 'Needs a refresh token.'
  if (policy === 'any account') return 'Needs an access token.'
  return `Needs the role ${policy.join(' or ')}.`
}

/** Each entry is an alternative: one role of the policy is enough. */
function securityOf(policy: RoutePolicy): Operation['security'] {
  if (policy === 'public') return []
  if (policy === 'refresh token') return [{ refreshToken: [] }]
  if (policy === 'any account') return [{ accessToken: [] }]
  return policy.map((role) => ({ accessToken: [role] }))
}

/** Returns the error statuses that a route can have besides those in its own schema. */
function failures(route: RouteOptions, method: string): number[] {
  const { params, header } = schemasOf(route)
  const policy = route.config?.policy
  const byRole = Array.isArray(policy)
  const writes = method !== 'GET'
  return [
    ...[400, 415, 429, 500, 503],
    ...(writes ? [413] : []),
    ...(policy === 'public' ? [] : [401]),
    ...(byRole ? [403] : []),
    ...(byRole && writes ? [409] : []),
    ...(params ? [404, 414] : []),
    ...(header?.properties['if-match'] ? [412] : []),
    ...(header?.properties['idempotency-key'] ? [422] : [])
  ]
}

function parameters(
  place: 'path' | 'query' | 'header',
  schema: TSchema | undefined,
  components: Components
): JsonObject[] {
  return Object.entries((schema?.properties ?? {}) as Record<string, TSchema>).map(([name, property]) => ({
    name: place === 'header' ? name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()) : name,
    in: place,
    required: (schema?.required as string[] | undefined)?.includes(name) === true && property.default === undefined,
    ...(property.description && { description: property.description }),
    schema: reference({ ...property, description: undefined, examples: undefined }, components),
    ...(property.format !== 'idempotency-key' && { example: exampleOf(property) }) // each request has its own
  }))
}

function sorted<Values extends object>(values: Values): Values {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))) as Values
}
