// Plays one long story on the server and prints a line per answer, without what differs from run to run. The engine and
// the empty database are those of DATABASE_URL. Printed lines can be compared between engines, byte by byte.

import { randomBytes } from 'node:crypto'
import type { InjectOptions } from 'fastify'
import { addAccount } from '../../src/accounts.ts'
import { loadConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { createPasswords } from '../../src/passwords.ts'
import { logRows, signInAs } from './app.ts'
import { buildWithResources } from './resources.ts'

type Method = NonNullable<InjectOptions['method']>

const secret = () => randomBytes(32).toString('hex')
const config = loadConfig({ ...process.env, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() })
const RESOURCES = ['sample', 'part']
const PART = { sample_id: 1, label: 'Scale', seen_at: '2024-01-01T11:24:59.250Z', amount: 59, done: false }

const app = await buildWithResources(config, { loggerInstance: createLogger('silent') })

const passwords = createPasswords(config)
const user = await signInAs(app, await addAccount(app.db, passwords, { username: 'Zoë 李', roles: ['user'] }))
const admin = await signInAs(app, await addAccount(app.db, passwords, { username: 'admin', roles: ['admin'] }))

await theWorstOfTimes()
await texts()
await datesAndInstants()
await numbersAndFlags()
await pages()
await references()
await versions()
await strangers()
await protocol()
await endings()

for (const { username, method, path, status } of await logRows(app.db)) {
  print(`row ${JSON.stringify(username)} ${method} ${path} ${status}`)
}
await app.close()

async function theWorstOfTimes() {
  for (const list of RESOURCES) {
    await tell('GET', `/api/${list}/`)
    await tell('HEAD', `/api/${list}/`)
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      await tell(method, `/api/${list}/1`, method === 'PUT' ? {} : undefined)
    }
    for (const id of [
      '0',
      '-1',
      '1.5',
      '1e3',
      '0x10',
      '01',
      '2147483647',
      '2147483648',
      '9223372036854775808',
      '1e20'
    ]) {
      await tell('GET', `/api/${list}/${id}`)
    }
    for (const id of ['NaN', '%00', '%EF%BC%91', '%zz', '%ED%A0%80', 'x'.repeat(101)])
      await tell('GET', `/api/${list}/${id}`)
    for (const body of [null, [], {}, 'text', 1, { nonsense: 1 }, { name: '\0', label: '\ud800' }]) {
      await tell('POST', `/api/${list}/`, body)
    }
  }
}

async function texts() {
  const names = [
    'Luca',
    '👩🏽‍⚕️',
    'שלום',
    '\u202eabc',
    'e\u0301',
    '\u{10ffff}',
    '\ufffe',
    "' OR 1=1--",
    '%_\\',
    'ﬃ',
    ' x '
  ]
  for (const name of ['HR', 'Blood Pressure', '血圧', ...names]) await tell('POST', '/api/sample/', { name })
  for (const name of names) await tell('POST', '/api/part/', { ...PART, label: `${name}${name}`, note: name })
  for (const label of ['', '\0', '\udfff', 'x'.repeat(201), '😀'.repeat(201), '😀'.repeat(200), null, 1, true, ['x']]) {
    await tell('POST', '/api/part/', { ...PART, label })
  }
  for (const note of ['left arm', '🫀', null, '\0', 'x'.repeat(10_001)]) {
    await tell('PUT', '/api/part/2', { note, sample_id: 3, seen_at: '2024-02-29T12:00:00.001000' })
  }
  for (const change of [{}, { note: null }, { note: '' }, { note: 'again', label: 'Łukasz' }]) {
    await tell('PATCH', '/api/part/1', change)
  }
  for (const change of [{ id: 7 }, { label: null }, { version: 1, role: 'admin', createdAt: 1 }, { parts: [] }]) {
    await tell('PATCH', '/api/part/1', change)
    await tell('POST', '/api/part/', { ...PART, ...change })
  }
  await tell('GET', '/api/part/1')
  await tell('HEAD', '/api/part/1')
}

async function datesAndInstants() {
  const dates = [
    '1997-07-28',
    '1971-07-30T00:00:00',
    '1971-07-30T23:00:00-11:00',
    '2024-02-29',
    '0001-01-01',
    '9999-12-31'
  ]
  const noDates = ['2023-02-29', '0000-00-00', '1', 'Jan 1 2024', '２０２４-01-01', '2024-01-01T24:00:00', '', 0, false]
  for (const made_on of [...dates, ...noDates, null]) await tell('PUT', '/api/part/1', { made_on })

  const instants = ['2024-01-01T11:24:59Z', '2024-03-31T02:30:00', '2024-03-01T05:29:59+05:30', '0001-01-01T00:00:00Z']
  const more = ['1969-12-31T23:59:59.999Z', '1582-10-10T00:00:00Z', '1883-11-18T12:00:00.5', '9999-12-31T23:59:59.999Z']
  const no = [
    '2016-12-31T23:59:60Z',
    '2023-02-30T00:00:00Z',
    '2024-01-01',
    '+275760-09-13T00:00:00.001Z',
    '',
    null,
    1,
    true
  ]
  for (const seen_at of [...instants, ...more, ...no]) {
    await tell('POST', '/api/part/', { ...PART, seen_at, made_on: dates[0] })
  }
}

async function numbersAndFlags() {
  const { amount: _, ...part } = PART
  const values = [
    '0',
    '59',
    '59.0',
    '0.1',
    '59.123456789012345',
    '0.30000000000000004',
    '5e-324',
    '2.5e-308',
    '1e-7',
    '-1e15'
  ]
  const doubles = [
    '123456.789e3',
    '9007199254740991',
    '-9007199254740991',
    '1e21',
    '1e22',
    '3.3e-5',
    '100',
    '1.7e308',
    '-5e-324'
  ]
  const wrong = ['9007199254740993', '1e400', '-0', 'NaN', 'null', 'true', '""', '"5"', '[5]', '{}']
  for (const amount of [...values, ...doubles, ...wrong]) {
    await tellText('POST', '/api/part/', `{"amount":${amount},${JSON.stringify(part).slice(1)}`)
  }
  const whole = ['0', '-1', '7.0', '1e3', '2147483647', '-2147483648', 'null']
  const notWhole = ['2147483648', '-2147483649', '1.5', '-0', '1e400', 'true', '"5"', '[5]']
  for (const count of [...whole, ...notWhole]) await tellText('PUT', '/api/part/3', `{"count":${count}}`)
  for (const done of [true, false, null, 0, 1, 'true', '']) await tell('PUT', '/api/part/3', { done })
  for (const url of ['/api/sample/1', '/api/sample/', '/api/part/1', '/api/part/3', '/api/part/']) {
    await tell('GET', url)
  }
}

async function pages() {
  const queries = ['limit=2', 'limit=2&after=2', 'limit=1000', 'after=2147483647', 'limit=3&after=1']
  const no = [
    'limit=0',
    'limit=1001',
    'limit=1e9',
    'limit=-1',
    'limit=',
    'limit=1&limit=2',
    'after=x',
    'after=0',
    'after[]=1',
    'page=2'
  ]
  for (const list of RESOURCES) for (const query of [...queries, ...no]) await tell('GET', `/api/${list}/?${query}`)
  for (const id of ['1', '3', '2147483647', '2147483648', "'%20OR%201=1--", '%25', '', '%00', 'null']) {
    await tell('GET', `/api/part/?sample_id=${id}`)
  }
  await tell('GET', '/api/part/?sample_id=3&after=1&limit=1')
}

async function references() {
  await tell('POST', '/api/part/', { ...PART, sample_id: 99 })
  await tell('PUT', '/api/part/1', { sample_id: 99 })
  await tell('PATCH', '/api/part/1', { sample_id: 2147483647, amount: 2 })
  for (const sample_id of [0, -1, 1.5, 2147483648, 1e20, '1', null, true, [1]]) {
    await tell('PUT', '/api/part/1', { sample_id })
  }
  await tell('DELETE', '/api/sample/1')
  await tell('DELETE', '/api/sample/3')
  await tell('DELETE', '/api/sample/2')
  await tell('GET', '/api/sample/')
}

async function versions() {
  for (const path of RESOURCES) {
    const url = `/api/${path}/1`
    const change = path === 'part' ? { amount: 7, seen_at: '2025-01-01T00:00:00' } : { name: 'V' }
    const { etag } = (await tell('GET', url)).headers
    for (const tag of [
      '"99"',
      'W/"1"',
      'x',
      '',
      '""',
      '"0"',
      `"${'9'.repeat(30)}"`,
      `"98", ${etag}`,
      String(etag),
      '*'
    ]) {
      await tell('PUT', url, change, { 'if-match': tag })
    }
    await tell('DELETE', url, undefined, { 'if-match': '"1"' })
    await tell('DELETE', `/api/${path}/99`, undefined, { 'if-match': '*' })
  }
}

async function strangers() {
  for (const token of ['', 'garbage', user.refresh_token, admin.access_token]) {
    for (const url of [
      '/api/sample/',
      '/api/sample/1',
      '/api/sample/99',
      '/api/part/x',
      '/api/nothing',
      '/api/auth/'
    ]) {
      await tell('GET', url, undefined, { authorization: `Bearer ${token}` })
    }
    await tell('DELETE', '/api/sample/1', undefined, { authorization: `Bearer ${token}` })
  }
  const wrong = { username: 'zoë 李', password: 'not the password' }
  for (const body of [
    wrong,
    { ...wrong, username: 'nobody' },
    { ...wrong, username: 'a\0b' },
    {},
    { ...wrong, password: null }
  ]) {
    await tell('POST', '/api/auth/', body)
  }
  await tell('POST', '/api/auth/', { username: ' ZOË 李 ', password: user.password })
}

async function protocol() {
  for (const url of [
    '/',
    '/api',
    '/api/nothing/',
    '/api/sample/1/2',
    '/health/live',
    '/health/ready',
    '//api/sample',
    '/API/sample/'
  ]) {
    await tell('GET', url)
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) await tell(method, '/api/sample/', {})
  await tell('POST', '/api/sample/1', {})
  const types = [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'x'
  ]
  for (const type of [...types, 'application/json; charset=UTF-8']) {
    await tellText('POST', '/api/sample/', '{"name":"typed"}', { 'content-type': type })
  }
  await tellText('POST', '/api/sample/', '{"name":"packed"}', { 'content-encoding': 'gzip' })
  await tellText('POST', '/api/sample/', `{"name":"${'x'.repeat(200_000)}"}`)
  for (const text of [
    '',
    '{',
    '{"name":1,}',
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
    '['.repeat(50_000),
    '{"name":"a","name":"b"}'
  ]) {
    await tellText('POST', '/api/sample/', text)
  }
  await tell('GET', '/api/sample/?after=3')
}

async function endings() {
  await tell('DELETE', '/api/part/3')
  await tell('DELETE', '/api/part/3')
  await tell('DELETE', '/api/sample/1')
  const { parts } = (await tell('GET', '/api/part/?sample_id=1&limit=1000')).json<{ parts: { id: number }[] }>()
  for (const { id } of parts) await tell('DELETE', `/api/part/${id}`)
  await tell('DELETE', '/api/sample/1')
  for (const url of ['/api/sample/1', '/api/part/1', '/api/part/2', '/api/sample/', '/api/part/']) {
    await tell('GET', url)
  }
  await tell('DELETE', '/api/sample/1')
  await tell('POST', '/api/sample/', { name: 'Next id' })
  const bearer = { authorization: `Bearer ${user.refresh_token}` }
  await tell('GET', '/api/auth/', undefined, bearer)
  await tell('POST', '/api/auth/refresh', undefined, bearer)
  await tell('DELETE', '/api/auth/', undefined, bearer)
  await tell('DELETE', '/api/auth/', undefined, bearer)
  await tell('GET', '/api/sample/')
}

function tell(method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) {
  return tellText(method, url, body === undefined ? undefined : JSON.stringify(body), headers)
}

async function tellText(method: Method, url: string, payload?: string, headers: Record<string, string> = {}) {
  const answer = await app.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${user.access_token}`,
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers
    },
    ...(payload !== undefined && { payload })
  })
  const told = ['content-type', 'etag', 'location', 'allow', 'www-authenticate', 'retry-after', 'content-length']
  const masked = JSON.stringify(answer.payload)
    .replace(/[\w-]+\.[\w-]{20,}\.[\w-]{43}/g, '<token>')
    .replace(/(?<="requestId\\":\\")[^"\\]+/g, '<id>')
  const lengthVaries = masked.includes('<token>')
  const values = told.map((name) =>
    name === 'content-length' && lengthVaries ? '*' : String(answer.headers[name] ?? '-')
  )
  print([method, url.slice(0, 120), answer.statusCode, ...values, masked].join(' | '))
  return answer
}

function print(line: string) {
  process.stdout.write(`${line}\n`)
}
