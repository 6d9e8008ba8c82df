// Plays one long story on the server and prints a line per answer, without what differs from run to run. The engine and
// the empty database are those of DATABASE_URL. Printed lines can be compared between engines, byte by byte.

import { randomBytes } from 'node:crypto'
import type { InjectOptions } from 'fastify'
import { addAccount } from '../../src/accounts.ts'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { createPasswords } from '../../src/passwords.ts'
import { logRows, signInAs } from './app.ts'

type Method = NonNullable<InjectOptions['method']>

const secret = () => randomBytes(32).toString('hex')
const config = loadConfig({ ...process.env, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() })
const app = await buildApp(config, { loggerInstance: createLogger('silent') })

const passwords = createPasswords(config)
const user = await signInAs(app, await addAccount(app.db, passwords, { username: 'Zoë 李', roles: ['user'] }))
const admin = await signInAs(app, await addAccount(app.db, passwords, { username: 'admin', roles: ['admin'] }))

await theWorstOfTimes()
await patients()
await appointmentsAndMeasures()
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
  for (const list of ['patient', 'appointment', 'measure', 'category']) {
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
    for (const body of [null, [], {}, 'text', 1, { nonsense: 1 }, { name: '\0', surname: '\ud800' }]) {
      await tell('POST', `/api/${list}/`, body)
    }
  }
}

async function patients() {
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
  for (const name of names) await tell('POST', '/api/patient/', { name, surname: `${name}${name}`, comments: name })
  for (const name of ['', '\0', '\udfff', 'x'.repeat(201), '😀'.repeat(201), '😀'.repeat(200), null, 1, true, ['x']]) {
    await tell('POST', '/api/patient/', { name, surname: 'S' })
  }
  const birthdays = [
    '1997-07-28',
    '1971-07-30T00:00:00',
    '1971-07-30T23:00:00-11:00',
    '2024-02-29',
    '0001-01-01',
    '9999-12-31'
  ]
  const no = ['2023-02-29', '0000-00-00', '1', 'Jan 1 2024', '２０２４-01-01', '2024-01-01T24:00:00', '', 0, false]
  for (const birthday of [...birthdays, ...no, null]) await tell('PUT', '/api/patient/1', { birthday })
  for (const change of [{}, { comments: null }, { comments: '' }, { comments: 'again', name: 'Łukasz' }]) {
    await tell('PATCH', '/api/patient/1', change)
  }
  for (const change of [{ id: 7 }, { name: null }, { version: 1, role: 'admin', createdAt: 1 }, { appointments: [] }]) {
    await tell('PATCH', '/api/patient/1', change)
    await tell('POST', '/api/patient/', { name: 'N', surname: 'S', ...change })
  }
  await tell('GET', '/api/patient/1')
  await tell('HEAD', '/api/patient/1')
}

async function appointmentsAndMeasures() {
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
  for (const date of [...instants, ...more, ...no]) await tell('POST', '/api/appointment/', { patient_id: 1, date })
  for (const name of ['HR', 'Blood Pressure', '血圧']) await tell('POST', '/api/category/', { name })

  const measure = '"timestamp":"2024-01-01T11:24:59.250Z","appointment_id":1,"category_id":1'
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
  for (const value of [...values, ...doubles, ...wrong])
    await tellText('POST', '/api/measure/', `{"value":${value},${measure}}`)
  for (const marker of ['left arm', '🫀', null, '\0', 'x'.repeat(201)]) {
    await tell('PUT', '/api/measure/2', { marker, category_id: 3, timestamp: '2024-02-29T12:00:00.001000' })
  }
  for (const url of ['/api/patient/1', '/api/patient/', '/api/appointment/1', '/api/appointment/', '/api/measure/']) {
    await tell('GET', url)
  }
}

async function pages() {
  const lists = ['patient', 'appointment', 'measure', 'category']
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
  for (const list of lists) for (const query of [...queries, ...no]) await tell('GET', `/api/${list}/?${query}`)
  const filters = ['appointment/?patient_id', 'measure/?appointment_id', 'measure/?category_id']
  const ids = ['1', '3', '2147483647', '2147483648', "'%20OR%201=1--", '%25', '', '%00', 'null']
  for (const filter of filters) for (const id of ids) await tell('GET', `/api/${filter}=${id}`)
  await tell('GET', '/api/measure/?appointment_id=1&category_id=3&limit=1')
}

async function references() {
  const timestamp = '2024-01-01T00:00:00Z'
  await tell('POST', '/api/measure/', { value: 1, timestamp, appointment_id: 99, category_id: 98 })
  await tell('PUT', '/api/measure/1', { appointment_id: 99 })
  await tell('PATCH', '/api/measure/1', { category_id: 2147483647, value: 2 })
  await tell('POST', '/api/appointment/', { patient_id: 99, date: timestamp })
  await tell('PUT', '/api/appointment/1', { patient_id: 99 })
  for (const patient_id of [0, -1, 1.5, 2147483648, 1e20, '1', null, true, [1]]) {
    await tell('PUT', '/api/appointment/1', { patient_id })
  }
  await tell('DELETE', '/api/category/1')
  await tell('DELETE', '/api/category/3')
  await tell('DELETE', '/api/category/2')
  await tell('GET', '/api/category/')
}

async function versions() {
  for (const path of ['patient', 'appointment', 'measure', 'category']) {
    const url = `/api/${path}/1`
    const change =
      path === 'measure' ? { value: 7 } : path === 'appointment' ? { date: '2025-01-01T00:00:00' } : { name: 'V' }
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
      '/api/patient/',
      '/api/patient/1',
      '/api/patient/99',
      '/api/measure/x',
      '/api/nothing',
      '/api/auth/'
    ]) {
      await tell('GET', url, undefined, { authorization: `Bearer ${token}` })
    }
    await tell('DELETE', '/api/category/1', undefined, { authorization: `Bearer ${token}` })
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
    '/api/patient/1/2',
    '/health/live',
    '/health/ready',
    '//api/patient',
    '/API/patient/'
  ]) {
    await tell('GET', url)
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) await tell(method, '/api/patient/', {})
  await tell('POST', '/api/patient/1', {})
  const types = [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'x'
  ]
  for (const type of [...types, 'application/json; charset=UTF-8']) {
    await tellText('POST', '/api/category/', '{"name":"typed"}', { 'content-type': type })
  }
  await tellText('POST', '/api/category/', '{"name":"packed"}', { 'content-encoding': 'gzip' })
  await tellText('POST', '/api/category/', `{"name":"${'x'.repeat(200_000)}"}`)
  for (const text of [
    '',
    '{',
    '{"name":1,}',
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
    '['.repeat(50_000),
    '{"name":"a","name":"b"}'
  ]) {
    await tellText('POST', '/api/category/', text)
  }
  await tell('GET', '/api/category/?after=3')
}

async function endings() {
  await tell('DELETE', '/api/measure/3')
  await tell('DELETE', '/api/measure/3')
  await tell('DELETE', '/api/appointment/2')
  await tell('DELETE', '/api/patient/1')
  for (const url of ['/api/patient/1', '/api/appointment/1', '/api/measure/1', '/api/appointment/', '/api/measure/']) {
    await tell('GET', url)
  }
  await tell('DELETE', '/api/category/1')
  await tell('POST', '/api/patient/', { name: 'Next', surname: 'Id' })
  const bearer = { authorization: `Bearer ${user.refresh_token}` }
  await tell('GET', '/api/auth/', undefined, bearer)
  await tell('POST', '/api/auth/refresh', undefined, bearer)
  await tell('DELETE', '/api/auth/', undefined, bearer)
  await tell('DELETE', '/api/auth/', undefined, bearer)
  await tell('GET', '/api/patient/')
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
