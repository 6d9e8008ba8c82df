// Changes of the API that would break its clients are found, and harmless changes are not reported.

import t, { type Test } from 'tap'
import type { Operation } from '../../plugins/openapi/document.ts'
import type { JsonObject } from '../../plugins/openapi/json-schema.ts'
import {
  afterAddedChange,
  afterBodyChange,
  afterChange,
  afterFieldChange,
  afterResponseChange,
  committed
} from './api-document.ts'

const PATH = '/api/auth/password'
const success = ({ responses }: Operation) => responses['200'] as JsonObject

t.test('a removed operation, and one that fewer callers may use, break clients', async (t) => {
  breaks(t, [
    ['an operation is removed', afterChange((document) => delete document.paths[PATH]?.put), /^PUT \S+ was removed$/],
    ['a path is removed', afterChange((document) => delete document.paths[PATH]), /^PUT \S+ was removed$/],
    [
      'a role becomes necessary',
      afterChange((_document, operation) => Object.assign(operation, { security: [{ accessToken: ['admin'] }] })),
      /no longer accepts/
    ]
  ])
})

t.test('a request with more required parts or fewer allowed ones breaks clients', async (t) => {
  breaks(t, [
    [
      'a field becomes required',
      afterBodyChange((body) => {
        Object.assign(body.properties, { why: { type: 'string' } })
        body.required.push('why')
      }),
      /why is now required$/
    ],
    ['a field is removed', afterBodyChange((body) => delete body.properties.old_password), /old_password was removed$/],
    [
      'a parameter becomes required',
      afterChange((_document, { parameters }) =>
        parameters.push({ name: 'x', in: 'query', required: true, schema: {} })
      ),
      /query x is now required$/
    ],
    [
      'a body becomes required',
      afterAddedChange(
        (_field, operation) => delete operation.requestBody,
        (_field, operation) => {
          operation.requestBody = { content: { 'application/json': { schema: { properties: {} } } } }
        }
      ),
      /the body is now required$/
    ]
  ])
})

t.test('a field that accepts fewer values breaks clients', async (t) => {
  const nothing = () => {}
  const set = (changes: JsonObject) => (field: JsonObject) => Object.assign(field, changes)
  breaks(t, [
    ['a maximum gets smaller', afterFieldChange({ maxLength: 10 }), /smaller maxLength$/],
    ['a minimum gets larger', afterFieldChange({ minLength: 10 }), /larger minLength$/],
    ['a type changes', afterFieldChange({ type: 'integer' }), /is no longer string$/],
    ['a pattern is added', afterFieldChange({ pattern: '^x' }), /another pattern$/],
    [
      'a number may no longer be negative',
      afterAddedChange(set({ minimum: -5 }), set({ minimum: 0 })),
      /larger minimum$/
    ],
    ['only some values are accepted', afterAddedChange(nothing, set({ enum: ['x'] })), /only some values$/],
    [
      'a value is no longer accepted',
      afterAddedChange(set({ enum: ['x', 'y'] }), set({ enum: ['x'] })),
      /accepts fewer values$/
    ],
    ['a default changes', afterAddedChange(nothing, set({ default: 'x' })), /another default$/],
    [
      'an alternative is removed',
      afterAddedChange(set({ anyOf: [{}, {}] }), set({ anyOf: [{}] })),
      /other alternatives$/
    ]
  ])
})

t.test('a response that lacks something, or can be something else, breaks clients', async (t) => {
  breaks(t, [
    [
      'a success status is removed',
      afterChange((_document, { responses }) => delete responses['200']),
      /no longer responds with 200$/
    ],
    [
      'a field is removed',
      afterResponseChange((body) => delete body.properties.refresh_token),
      /refresh_token was removed$/
    ],
    ['a field may be missing', afterResponseChange((body) => body.required.pop()), /refresh_token may now be missing$/],
    [
      'a field may be null',
      afterResponseChange((body) => Object.assign(body.properties.refresh_token ?? {}, { type: ['string', 'null'] })),
      /may now be string or null$/
    ],
    [
      'a header is removed',
      afterAddedChange(
        (_field, operation) => Object.assign(success(operation), { headers: { ETag: {} } }),
        (_field, operation) => delete success(operation).headers
      ),
      /the header ETag was removed$/
    ],
    [
      'the schema of a response is removed',
      afterAddedChange(
        () => {},
        (_field, operation) => delete success(operation).content
      ),
      /the response was removed$/
    ]
  ])
})

t.test('additions and wider limits break no client', async (t) => {
  const why = { why: { type: 'string' } }
  const harmless: [string, string[]][] = [
    ['no change', afterChange(() => {})],
    [
      'a new operation',
      afterChange((document) => Object.assign(document.paths, { '/api/new/': document.paths[PATH] }))
    ],
    ['a new optional field', afterBodyChange((body) => Object.assign(body.properties, why))],
    ['a wider limit', afterFieldChange({ maxLength: 10_000 })],
    ['a field becomes optional', afterBodyChange((body) => body.required.pop())],
    ['another field in a response', afterResponseChange((body) => Object.assign(body.properties, why))],
    ['another role', afterChange((_document, { security }) => security.push({ accessToken: ['clerk'] }))],
    ['public access', afterChange((_document, operation) => Object.assign(operation, { security: [] }))]
  ]
  for (const [change, found] of harmless) t.strictSame(found, [], change)
  t.ok(committed.paths[PATH]?.put, 'the committed document itself is unchanged')
})

/** Asserts that each change was found, and that every sentence about it matches. */
function breaks(t: Test, changes: [change: string, found: string[], sentence: RegExp][]): void {
  for (const [change, found, sentence] of changes) {
    t.ok(found.length > 0, change)
    for (const one of found) t.match(one, sentence, change)
  }
}
