// openapi.json describes the routes as they are: every operation with its roles, statuses and valid examples.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import type { Operation } from '../../plugins/openapi/document.ts'
import type { JsonObject } from '../../plugins/openapi/json-schema.ts'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { formats } from '../../src/formats.ts'
import { environment } from '../support/app.ts'
import { execute } from '../support/process.ts'
import { committed, ROOT } from './api-document.ts'

const OUTDATED = 'otherwise run npm run openapi -- --write'

const app = await buildApp(loadConfig(await environment(t)))
t.teardown(() => app.close())

const routes = app.routePolicies().filter(({ session, method }) => !session && method !== 'HEAD')
const operations = Object.entries(committed.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation }))
)

t.test('openapi.json and the types of the client match the routes', async (t) => {
  t.strictSame(committed, JSON.parse(JSON.stringify(app.openapi())), OUTDATED)
  const types = await execute(process.execPath, ['scripts/openapi.ts', '--types'], { cwd: ROOT })
  t.equal(types.output, readFileSync(join(ROOT, 'client/schema.ts'), 'utf8'), OUTDATED)
  const client = JSON.parse(readFileSync(join(ROOT, 'client/package.json'), 'utf8')) as { version: string }
  t.equal(client.version, committed.info.version, OUTDATED)
})

t.test('every route of the API is in the document once', async (t) => {
  t.strictSame(
    operations.map(({ method, path }) => keyOf(method, path)).sort(),
    routes.map(({ method, path }) => keyOf(method, path)).sort()
  )
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
})

t.test('every operation has the roles of its route, and the statuses that follow from them', async (t) => {
  for (const { method, path, operation } of operations) {
    const name = `${method} ${path}`
    const policy = routes.find((route) => keyOf(route.method, route.path) === keyOf(method, path))?.policy
    const roles = operation.security.flatMap(({ accessToken }) => accessToken ?? [])
    t.strictSame(roles, Array.isArray(policy) ? policy : [], `${name}: its roles`)
    t.equal(operation.security.length === 0, policy === 'public', `${name}: public or not`)
    t.equal('401' in operation.responses, policy !== 'public' || path === '/api/auth/', `${name}: 401`)
    t.equal('403' in operation.responses, Array.isArray(policy) || path === '/api/auth/password', `${name}: 403`)
  }
})

t.test('every example in the document matches its schema', async (t) => {
  const uuid = /^[0-9a-f-]{36}$/
  const ajv = new Ajv2020({ strict: false, formats: { ...formats, uuid } }).addSchema(committed, 'api')
  for (const { method, path, operation } of operations) {
    for (const { place, media, example } of examplesOf(operation)) {
      const isValid = ajv.validate(inDocument(media.schema as JsonObject), example)
      t.ok(isValid, `${method} ${path}: the example of ${place}: ${ajv.errorsText()}`)
    }
  }
})

/** Returns the same key for a route of the server and for its operation in the document. */
function keyOf(method: string, path: string): string {
  return `${method} ${path.replace(/\{(\w+)\}/g, ':$1').replace(/(.)\/$/, '$1')}`
}

/** Returns the examples of an operation. `place` is `body` or a status; `media` has the schema of the example. */
function examplesOf({ requestBody, responses }: Operation) {
  const holders = Object.entries({ body: requestBody as JsonObject | undefined, ...responses })
  return holders.flatMap(([place, holder]) => {
    const { $ref } = holder ?? {}
    const name = String($ref).replace('#/components/responses/', '')
    const content = (($ref ? committed.components.responses[name] : holder) as JsonObject | undefined)?.content
    return Object.values((content ?? {}) as { [type: string]: JsonObject }).flatMap((media) => {
      const examples = (media.examples ?? { one: { value: media.example } }) as { [name: string]: JsonObject }
      return Object.values(examples).map(({ value: example }) => ({ place, media, example: example as unknown }))
    })
  })
}

/** Returns a schema of the document so that Ajv resolves its reference within the document. */
function inDocument(schema: JsonObject): JsonObject {
  return schema.$ref === undefined ? schema : { $ref: `api${schema.$ref}` }
}
