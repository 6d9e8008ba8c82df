// Requests that are generated from the API's document alone. Most are valid; the others are wrong in one place.

import fc, { type Arbitrary } from 'fast-check'
import type { Document, Operation } from '../../plugins/openapi/document.ts'
import { hostile, words } from './hostile-values.ts'
import { fixed, type Recall, type Text } from './json-text.ts'
import { type Schema, values } from './values.ts'

/** Who sends a request: the right caller, one without a role, one without a token, or one with a wrong token. */
export const CALLERS = ['right', 'role-less', 'anonymous', 'expired', 'wrong kind', 'garbage', 'Basic'] as const

interface Given {
  in: string
  name: string
  value: Text
}

/** A request before its values are known. `pathOf`, `headersOf` and `bodyOf` return its parts. */
export interface Plan {
  operation: Operation
  method: string
  path: string
  caller: (typeof CALLERS)[number]
  parameters: Given[]
  /** Another part of the query, not encoded. */
  query: string
  headers: Record<string, string>
  body: Text | undefined
  /** The content type of the body. */
  type: string
  encoding: BufferEncoding
}

type Parameter = { name: string; in: string; required: boolean; schema: Schema }

export function pathOf({ path, parameters, query }: Plan, recall: Recall): string {
  const plain = ({ value }: Given) => {
    const text = value(recall)
    return encodeURIComponent((text.startsWith('"') ? (JSON.parse(text) as string) : text).toWellFormed())
  }
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const given = parameters.find((one) => one.in === 'path' && one.name === name)
    // An empty segment, `.` and `..` would lead to another path.
    return given ? plain(given).replace(/^\.{0,2}$/, '0') : '0'
  })
  const asked = parameters.filter((one) => one.in === 'query').map((one) => `${one.name}=${plain(one)}`)
  return [filled, [...asked, query].filter(Boolean).join('&')].filter(Boolean).join('?')
}

export function headersOf({ parameters, headers, body, type }: Plan, recall: Recall): Record<string, string> {
  const written = parameters.filter((one) => one.in === 'header').map((one) => [one.name.toLowerCase(), one] as const)
  return {
    ...(body && { 'content-type': type }),
    ...Object.fromEntries(written.map(([name, { value }]) => [name, header(value(recall))])),
    ...headers
  }
}

export function bodyOf({ body, encoding }: Plan, recall: Recall): Buffer | undefined {
  return body && Buffer.from(body(recall), encoding)
}

// Keeps what an HTTP header can contain: visible characters and spaces of one byte.
function header(json: string): string {
  const text = json.startsWith('"') ? (JSON.parse(json) as string) : json
  return text.replace(/[^ -~\u00a1-\u00ff]/g, '?').trim()
}

/** Bodies that are not JSON, or that no operation accepts. */
const WRONG_BODIES = words(String.raw`
  { {"a":1,} {"a":1}{ {'a':1} NaN ${'\ufeff'}{} {"a":1,"a":2} {"\u005f_proto__":{}}
`).concat('', ' ', '['.repeat(40_000), '{"a":'.repeat(10_000), `{"a":"${'x'.repeat(100_000)}"}`)

const TYPES = words(`
  text/plain application/xml application/x-www-form-urlencoded multipart/form-data;boundary=x x
  application/json;charset=utf-16 Application/JSON;charset="UTF-8"
`).concat('')
const HEADERS: Plan['headers'][] = [
  ...TYPES.map((type) => ({ 'content-type': type })),
  { 'content-encoding': 'gzip', accept: 'text/html;q=x' },
  { 'content-encoding': 'identity', host: '' },
  { 'x-http-method-override': 'DELETE', 'x-forwarded-for': "'", range: 'bytes=0-1', 'if-none-match': '*' }
]
const QUERIES = words(`
  __proto__=1 __proto__[x]=1 constructor=x a[]=1 a[b]=1 %zz=% = && x=%00 %F0%9F%98%80=%ED
`).concat('k=1&'.repeat(1_000), `x=${'y'.repeat(5_000)}`)

/** How files of these types begin, in Latin-1. */
const FILES: Record<string, string> = {
  'image/png': '\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
  'image/jpeg': '\xff\xd8\xff\xe0\0\x10JFIF\0',
  'image/webp': 'RIFF\x1a\0\0\0WEBPVP8L',
  'application/pdf': '%PDF-1.7\n%\xe2\xe3\n'
}

/** Generates requests for all operations of a document. */
export function requests(document: Document): Arbitrary<Plan> {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      // Less often: a record must exist before it is deleted, and hashing a password is slow.
      weight: (method === 'delete' && path.endsWith('{id}')) || path.startsWith('/api/auth/') ? 1 : 4,
      arbitrary: requestsFor(document, path, method, operation)
    }))
  )
  return fc.oneof(...operations)
}

function requestsFor(document: Document, path: string, method: string, operation: Operation): Arbitrary<Plan> {
  const { valid, broken } = values(document, path)
  const parameters = operation.parameters as unknown as Parameter[]
  const content = (operation.requestBody as { content: Record<string, { schema: Schema }> } | undefined)?.content
  const bodySchema = content?.['application/json']?.schema
  const [fileType] = Object.keys(content ?? {}).filter((type) => !bodySchema && type in FILES)

  const given = ({ name, in: place }: Parameter, value: Arbitrary<Text>) =>
    value.map((value): Given[] => [{ in: place, name, value }])
  const asAsked = parameters.map((parameter) => {
    const one = given(parameter, valid(parameter.schema, parameter.name.toLowerCase()))
    return parameter.required ? one : fc.oneof(fc.constant([]), one)
  })
  const right = {
    operation: fc.constant(operation),
    method: fc.constant(method.toUpperCase() as Plan['method']),
    path: fc.constant(path),
    caller: fc.constant<Plan['caller']>('right'),
    parameters: fc.tuple(...asAsked).map((lists) => lists.flat()),
    query: fc.constant<string>(''),
    headers: fc.constant<Plan['headers']>({}),
    body: bodySchema ? valid(bodySchema, '') : fc.constant(fileType ? fixed(`${FILES[fileType]}rest`) : undefined),
    type: fc.constant(fileType ?? 'application/json'),
    encoding: fc.constant<BufferEncoding>(fileType ? 'latin1' : 'utf8')
  }
  const wrong = (part: Partial<typeof right>) => fc.record({ ...right, ...part })

  const oneWrong = parameters.map((parameter, index) => {
    const others = asAsked.with(index, given(parameter, broken(parameter.schema, parameter.name.toLowerCase())))
    return wrong({ parameters: fc.tuple(...others).map((lists) => lists.flat()) })
  })
  const twice = right.parameters.map((list) => [...list, ...list])
  const anyBody = fc.oneof(fc.constantFrom(...WRONG_BODIES), hostile).map(fixed)
  return fc.oneof(
    { weight: 12, arbitrary: fc.record(right) },
    { weight: 1, arbitrary: wrong({ caller: fc.constantFrom(...CALLERS) }) },
    { weight: 1, arbitrary: wrong({ headers: fc.constantFrom(...HEADERS) }) },
    { weight: 1, arbitrary: wrong({ query: fc.constantFrom(...QUERIES) }) },
    { weight: 1, arbitrary: wrong({ body: anyBody, encoding: fc.constantFrom('utf8', 'latin1', 'utf16le') }) },
    ...(parameters.length > 0
      ? [
          { weight: 1, arbitrary: wrong({ parameters: twice }) },
          { weight: 3, arbitrary: fc.oneof(...oneWrong) }
        ]
      : []),
    ...(fileType ? [{ weight: 2, arbitrary: wrong({ type: fc.constantFrom(...Object.keys(content ?? {})) }) }] : []),
    ...(bodySchema ? [{ weight: 5, arbitrary: wrong({ body: broken(bodySchema, '') }) }] : [])
  )
}
