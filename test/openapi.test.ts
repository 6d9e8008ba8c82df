// The document of the API: that it is the one of the routes as they are, that others' tools accept it, and that a change
// which breaks clients raises the version.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import spectral from '@stoplight/spectral-core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { breakingChanges } from '../scripts/breaking-changes.ts'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { Document, Operation } from '../src/openapi.ts'
import type { JsonObject } from '../src/openapi-schemas.ts'
import { formats } from '../src/schemas.ts'
import { environment } from './support/app.ts'
import { execute } from './support/process.ts'

const ROOT = join(import.meta.dirname, '..')
const committed = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8')) as Document

const app = await buildApp(loadConfig(await environment(t)))
t.teardown(() => app.close())

const operations = Object.entries(committed.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation }))
)

t.test('openapi.json and the types of the client are those of the routes', async (t) => {
  t.strictSame(committed, JSON.parse(JSON.stringify(app.openapi())), 'else run npm run openapi -- --write')
  const types = await execute(process.execPath, ['scripts/openapi.ts', '--types'], { cwd: ROOT })
  t.equal(types.output, readFileSync(join(ROOT, 'client/schema.ts'), 'utf8'), 'else run npm run openapi -- --write')
  const client = JSON.parse(readFileSync(join(ROOT, 'client/package.json'), 'utf8')) as { version: string }
  t.equal(client.version, committed.info.version, 'else run npm run openapi -- --write')
})

t.test('every route of the API is in it, with its roles, its statuses and examples that are right', async (t) => {
  const routes = app.routePolicies().filter(({ session, method }) => !session && method !== 'HEAD')
  const key = (method: string, path: string) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1').replace(/(.)\/$/, '$1')}`
  t.strictSame(
    operations.map(({ method, path }) => key(method, path)).sort(),
    routes.map(({ method, path }) => key(method, path)).sort()
  )
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)

  const ajv = new Ajv2020({ strict: false, formats: { ...formats, uuid: /^[0-9a-f-]{36}$/ } }).addSchema(
    committed,
    'api'
  )
  for (const { method, path, operation } of operations) {
    const name = `${method} ${path}`
    const policy = routes.find((route) => key(route.method, route.path) === key(method, path))?.policy
    const roles = operation.security.flatMap(({ accessToken }) => accessToken ?? [])
    t.strictSame(roles, Array.isArray(policy) ? policy : [], `${name}: its roles`)
    t.equal(operation.security.length === 0, policy === 'public', `${name}: public or not`)
    t.equal('401' in operation.responses, policy !== 'public' || path === '/api/auth/', `${name}: 401`)
    t.equal('403' in operation.responses, Array.isArray(policy) || path === '/api/auth/password', `${name}: 403`)
    for (const [place, media, example] of contents(operation)) {
      t.ok(
        ajv.validate(pointed(media.schema as JsonObject), example),
        `${name}: the example of ${place}: ${ajv.errorsText()}`
      )
    }
  }
})

t.test('it is OpenAPI 3.1, and keeps the rules of OWASP but for those named here', async (t) => {
  t.match(committed.openapi, /^3\.1\./)
  t.match(await new Validator().validate(structuredClone(committed)), { valid: true })

  const linter = new spectral.Spectral()
  // Its ES module imports names that spectral-core, which is CommonJS, does not have.
  const owasp = createRequire(import.meta.url)('@stoplight/spectral-owasp-ruleset')
  linter.setRuleset(owasp.default ?? owasp)
  const found = await linter.run(committed as never)
  const exceptions = [
    // Ids are integers by contract. They open nothing: every operation asks for the role.
    ['owasp:api1:2023-no-numeric-ids', /^paths\..*\.parameters\./],
    // A limit for each address is left to the proxy, and its headers with it; 429 is for failed logins.
    ['owasp:api4:2023-rate-limit', /./],
    ['owasp:api4:2023-rate-limit-responses-429', /./],
    // Which origins may read is the proxy's or CORS_ORIGIN's to say: no answer has the header by default.
    ['owasp:api8:2023-define-cors-origin', /./],
    // Whoever signs in or asks for the health is nobody yet.
    ['owasp:api2:2023-write-restricted', /^paths\.\/api\/auth\/\.post\./],
    ['owasp:api2:2023-read-restricted', /^paths\.\/health\//],
    ['owasp:api8:2023-define-error-responses-401', /^paths\.\/health\//],
    // Any text at all may be typed as a name: it is only compared.
    ['owasp:api4:2023-string-restricted', /\.username$/],
    // Records nested in others are all given; the lists themselves have their limit.
    ['owasp:api4:2023-array-limit', /^(?!components\.schemas\.\w+List\.properties\.\w+$)/]
  ] as const
  const kept = found.filter(
    ({ code, path }) => !exceptions.some(([rule, where]) => rule === code && where.test(path.join('.')))
  )
  t.strictSame(
    kept.map(({ code, path }) => `${code} ${path.join('.')}`),
    []
  )
})

t.test('what breaks a client is found, and what does not is not', async (t) => {
  const path = '/api/auth/password'
  const change = (edit: (document: Document, operation: Operation) => void) => {
    const document = structuredClone(committed)
    edit(document, document.paths[path]?.put as Operation)
    return breakingChanges(committed, document)
  }
  const schema = (document: Document, name: string) => document.components.schemas[name] as never as Schema
  const body = (edit: (body: Schema) => void) => change((document) => edit(schema(document, 'PasswordChange')))
  const answer = (edit: (answer: Schema) => void) => change((document) => edit(schema(document, 'TokenPair')))

  const breaking: [string, string[], RegExp][] = [
    ['an operation goes', change((document) => delete document.paths[path]?.put), /^PUT \S+ is gone$/],
    ['a path goes', change((document) => delete document.paths[path]), /^PUT \S+ is gone$/],
    ['a success status goes', change((_document, { responses }) => delete responses['200']), /no longer answers 200$/],
    [
      'a role is asked for',
      change((_document, operation) => Object.assign(operation, { security: [{ accessToken: ['admin'] }] })),
      /no longer lets in/
    ],
    [
      'a field is newly required',
      body((one) => Object.assign(one.properties, { why: { type: 'string' } }) && one.required.push('why')),
      /why is newly required$/
    ],
    ['a field that was taken goes', body((one) => delete one.properties.old_password), /old_password is gone$/],
    [
      'a limit gets narrower',
      body((one) => Object.assign(one.properties.new_password ?? {}, { maxLength: 10 })),
      /smaller maxLength$/
    ],
    [
      'a minimum gets larger',
      body((one) => Object.assign(one.properties.new_password ?? {}, { minLength: 10 })),
      /larger minLength$/
    ],
    [
      'a type changes',
      body((one) => Object.assign(one.properties.new_password ?? {}, { type: 'integer' })),
      /is no longer string$/
    ],
    [
      'a pattern is asked for',
      body((one) => Object.assign(one.properties.new_password ?? {}, { pattern: '^x' })),
      /another pattern$/
    ],
    [
      'a parameter is newly required',
      change((_document, { parameters }) => parameters.push({ name: 'x', in: 'query', required: true, schema: {} })),
      /query x is newly required$/
    ],
    ['a field that was given goes', answer((one) => delete one.properties.refresh_token), /refresh_token is gone$/],
    ['a field may be missing', answer((one) => one.required.pop()), /refresh_token may now be missing$/],
    [
      'a field may be null',
      answer((one) => Object.assign(one.properties.refresh_token ?? {}, { type: ['string', 'null'] })),
      /may now be string or null$/
    ]
  ]
  // What the document has nothing of is put into both.
  const between = (add: (password: JsonObject, operation: Operation) => void, edit: typeof add) => {
    const documents = [structuredClone(committed), structuredClone(committed)] as const
    for (const [index, document] of documents.entries()) {
      const password = schema(document, 'PasswordChange').properties.new_password as JsonObject
      const operation = document.paths[path]?.put as Operation
      add(password, operation)
      if (index === 1) edit(password, operation)
    }
    return breakingChanges(...documents)
  }
  const success = ({ responses }: Operation) => responses['200'] as JsonObject
  breaking.push(
    [
      'a number may no longer be negative',
      between(
        (one) => Object.assign(one, { minimum: -5 }),
        (one) => Object.assign(one, { minimum: 0 })
      ),
      /larger minimum$/
    ],
    [
      'only some values are taken',
      between(
        () => {},
        (one) => Object.assign(one, { enum: ['x'] })
      ),
      /only some values$/
    ],
    [
      'a value is taken no longer',
      between(
        (one) => Object.assign(one, { enum: ['x', 'y'] }),
        (one) => Object.assign(one, { enum: ['x'] })
      ),
      /takes fewer values$/
    ],
    [
      'a default changes',
      between(
        () => {},
        (one) => Object.assign(one, { default: 'x' })
      ),
      /another default$/
    ],
    [
      'an alternative goes',
      between(
        (one) => Object.assign(one, { anyOf: [{}, {}] }),
        (one) => Object.assign(one, { anyOf: [{}] })
      ),
      /other alternatives$/
    ],
    [
      'a header goes',
      between(
        (_one, operation) => Object.assign(success(operation), { headers: { ETag: {} } }),
        (_one, operation) => delete success(operation).headers
      ),
      /the header ETag is gone$/
    ],
    [
      'the schema of an answer goes',
      between(
        () => {},
        (_one, operation) => delete success(operation).content
      ),
      /the answer is gone$/
    ],
    [
      'a body is newly asked for',
      between(
        (_one, operation) => delete operation.requestBody,
        (_one, operation) => {
          operation.requestBody = { content: { 'application/json': { schema: { properties: {} } } } }
        }
      ),
      /the body is newly asked for$/
    ]
  )
  for (const [what, found, sentence] of breaking) {
    t.ok(found.length > 0, what)
    for (const one of found) t.match(one, sentence, what)
  }
  const harmless: [string, string[]][] = [
    ['nothing', change(() => {})],
    ['a new operation', change((document) => Object.assign(document.paths, { '/api/new/': document.paths[path] }))],
    ['a new optional field', body((one) => Object.assign(one.properties, { why: { type: 'string' } }))],
    ['a wider limit', body((one) => Object.assign(one.properties.new_password ?? {}, { maxLength: 10_000 }))],
    ['a field that need not be sent any more', body((one) => one.required.pop())],
    ['a field more in an answer', answer((one) => Object.assign(one.properties, { why: { type: 'string' } }))],
    ['one more role', change((_document, { security }) => security.push({ accessToken: ['clerk'] }))],
    ['for everybody', change((_document, operation) => Object.assign(operation, { security: [] }))]
  ]
  for (const [what, found] of harmless) t.strictSame(found, [], what)
})

t.test('no change since this version of the API was first committed breaks a client', async (t) => {
  const git = async (...args: string[]) => (await execute('git', args, { cwd: ROOT })).output
  const { title, version } = committed.info
  const commits = (await git('log', '--format=%H', '--', 'openapi.json'))
    .split('\n')
    .filter((line) => /^[0-9a-f]{40}$/.test(line))
  const earlier = [committed]
  for (const commit of commits) {
    const text = await git('show', `${commit}:openapi.json`)
    if (text.startsWith('{')) earlier.push(JSON.parse(text) as Document)
  }
  for (const document of earlier) {
    if (document.info.title !== title || document.info.version !== version) continue
    t.strictSame(breakingChanges(document, committed), [], 'else raise the version in package.json')
  }
})

interface Schema {
  properties: Record<string, JsonObject>
  required: string[]
}

/** The examples of an operation, each with what is said of the body that it is one of. */
function contents({ requestBody, responses }: Operation): [place: string, media: JsonObject, example: unknown][] {
  const holders = Object.entries({ body: requestBody as JsonObject | undefined, ...responses })
  return holders.flatMap(([place, holder]) => {
    const { $ref } = holder ?? {}
    const name = String($ref).replace('#/components/responses/', '')
    const content = (($ref ? committed.components.responses[name] : holder) as JsonObject | undefined)?.content
    return Object.values((content ?? {}) as { [type: string]: JsonObject }).flatMap((media) => {
      const examples = Object.values(
        (media.examples ?? { one: { value: media.example } }) as { [name: string]: JsonObject }
      )
      return examples.map(({ value }): [string, JsonObject, unknown] => [place, media, value])
    })
  })
}

/** The schema of the document that a reference of it names, for Ajv. */
function pointed(schema: JsonObject): JsonObject {
  return schema.$ref === undefined ? schema : { $ref: `api${schema.$ref}` }
}
