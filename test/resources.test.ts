// The clinic's resources over HTTP: what each operation gives, takes and refuses.

import fc from 'fast-check'
import t from 'tap'
import { build } from './support/app.ts'

interface Measure {
  id: number
  marker: string | null
  value: number
  timestamp: string
  appointment_id: number
  category: { id: number; name: string }
}
interface Appointment {
  id: number
  patient_id: number
  date: string
  measures: Measure[]
}
interface Patient {
  id: number
  name: string
  surname: string
  birthday: string | null
  comments: string | null
  appointments: Appointment[]
}
interface Failure {
  code: string
  details?: { field: string; message: string }[]
}

const UNKNOWN = 2 ** 31 - 1
const NO_IDS = [
  ...['0', '-1', '-0', '+1', '1.5', '1.0', '1e3', '1E3', '0x10', '0b1', '01', '1_0', '1,0', '1;x', '%201', '1%20'],
  ...[2 ** 31, 2n ** 32n + 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n + 1n].map(String),
  ...[
    '1e20',
    '100000000000000000000',
    'NaN',
    'Infinity',
    'null',
    'undefined',
    '[1]',
    '%00',
    '1%00',
    '%EF%BC%91',
    "1'--"
  ]
]

const { app, signIn } = await build(t)
const client = await signIn('user')

t.test('every resource is created, read, listed, changed and deleted', async (t) => {
  for (const { path, list, title, body, shown, change, changed } of await samples()) {
    const created = await client.post(`/api/${path}/`, body)
    t.equal(created.statusCode, 201, `${path} is created`)
    const { id } = created.json<{ id: number }>()
    const url = `/api/${path}/${id}`
    t.strictSame(created.json(), { id, ...shown }, 'D7: with exactly these fields')
    t.equal(created.headers.location, url)
    const first = created.headers.etag
    t.match(first, /^"[^"]+"$/, 'with a strong ETag')

    const read = await client.get(url)
    t.equal(read.statusCode, 200)
    t.equal(read.payload, created.payload, 'and reads back the same')
    t.equal(read.headers.etag, first)

    const page = (await client.get(`/api/${path}/?limit=1&after=${id - 1 || 1}`)).json<Record<string, unknown[]>>()
    t.strictSame(Object.keys(page).sort(), [list, 'next'].sort(), 'D7: a list has its records and next')
    if (id > 1) t.strictSame(page[list], [{ id, ...shown }], 'and is listed the same')

    const put = await client.put(url, change)
    t.equal(put.statusCode, 200)
    t.strictSame(put.json(), { id, ...shown, ...changed }, 'PUT changes the fields it names')
    t.not(put.headers.etag, first, 'and the ETag')
    t.equal((await client.get(url)).payload, put.payload)
    t.equal((await client.get(url)).headers.etag, put.headers.etag)

    const patch = await client.patch(url, body)
    t.equal(patch.statusCode, 200)
    t.strictSame(patch.json(), { id, ...shown }, 'PATCH as well')
    t.equal((await client.get(url)).payload, patch.payload)

    const head = await client.call('HEAD', url)
    t.equal(head.statusCode, 200)
    t.equal(head.payload, '', 'HEAD has no body')
    t.equal(head.headers.etag, patch.headers.etag)
    t.equal(head.headers['content-length'], String(Buffer.byteLength(patch.payload)))

    const deleted = await client.delete(url)
    t.equal(deleted.statusCode, 200)
    t.strictSame(deleted.json(), { message: `${title} deleted` })
    for (const [method, payload] of [['GET'], ['PUT', change], ['PATCH', change], ['DELETE']] as const) {
      const gone = await client.call(method, url, payload)
      t.equal(gone.statusCode, 404, `${method} of a deleted ${path}`)
      t.equal(gone.json<Failure>().code, 'NOT_FOUND')
    }
  }
})

t.test('a trailing slash is optional', async (t) => {
  for (const { path, body } of await samples()) {
    const { id } = (await client.post(`/api/${path}`, body)).json<{ id: number }>()
    t.equal((await client.get(`/api/${path}/${id}/`)).payload, (await client.get(`/api/${path}/${id}`)).payload)
    t.equal((await client.get(`/api/${path}/`)).payload, (await client.get(`/api/${path}`)).payload)
  }
})

t.test('a patient is read with appointments, measures and categories, in the order of their ids', async (t) => {
  const { patient, appointment, category, measure: zeroth } = await visit()
  await client.delete(`/api/measure/${zeroth}`)
  const second = await add('appointment', { patient_id: patient, date: '2020-01-01T00:00:00Z' })
  const measures = [3, 1, 2].map((value) => ({ value, timestamp: '2024-01-01T00:00:00Z', category_id: category }))
  const ids: number[] = []
  for (const measure of measures) ids.push(await add('measure', { ...measure, appointment_id: appointment }))

  const read = (await client.get(`/api/patient/${patient}`)).json<Patient>()
  t.strictSame(
    read.appointments.map(({ id }) => id),
    [appointment, second]
  )
  t.strictSame(
    read.appointments[0]?.measures,
    measures.map(({ value, timestamp }, index) => ({
      id: ids[index],
      marker: null,
      value,
      timestamp,
      appointment_id: appointment,
      category: { id: category, name: 'HR' }
    })),
    'D7, H13: with exactly the fields of a measure, numbers as numbers'
  )
  t.strictSame(read.appointments[1]?.measures, [])
  t.strictSame(read.appointments[0], (await client.get(`/api/appointment/${appointment}`)).json())
  const [listed] = (await client.get(`/api/patient/?limit=1&after=${patient - 1}`)).json<{ patients: Patient[] }>()
    .patients
  t.strictSame(listed, read, 'a list nests the same')
})

t.test('lists are filtered by their parents', async (t) => {
  const [one, other] = [await visit(), await visit()]
  const first = one.measure
  const mixed = await add('measure', { ...one.body, category_id: other.category })
  const second = other.measure

  const cases: [url: string, ids: number[]][] = [
    [`/api/appointment/?patient_id=${one.patient}`, [one.appointment]],
    [`/api/appointment/?patient_id=${UNKNOWN}`, []],
    [`/api/measure/?appointment_id=${one.appointment}`, [first, mixed]],
    [`/api/measure/?category_id=${other.category}`, [second, mixed]],
    [`/api/measure/?appointment_id=${one.appointment}&category_id=${other.category}`, [mixed]],
    [`/api/measure/?appointment_id=${one.appointment}&after=${first}`, [mixed]],
    [`/api/measure/?category_id=${UNKNOWN}`, []]
  ]
  for (const [url, ids] of cases) t.strictSame(await listedIds(url), ids, url)
})

t.test('H12: pages follow each other without gap or repetition, also when a record goes', async (t) => {
  const start = await add('category', { name: 'start' })
  const ids: number[] = []
  for (let n = 0; n < 103; n++) ids.push(await add('category', { name: `page ${n}` }))
  type Page = { categories: { id: number }[]; next: number | null }
  const page = async (query: string) => (await client.get(`/api/category/?${query}`)).json<Page>()

  const standard = await page(`after=${start}`)
  t.equal(standard.categories.length, 100, 'a page has 100 records unless told otherwise')
  t.equal(standard.next, ids[99])
  t.equal((await page(`after=${start}&limit=102`)).next, ids[101])
  t.equal((await page(`after=${start}&limit=103`)).next, null, 'next is null when nothing follows')
  t.equal((await page(`after=${start}&limit=1000`)).categories.length, 103)
  t.strictSame(await page(`after=${UNKNOWN}`), { categories: [], next: null })

  const seen: number[] = []
  for (let after: number | null = start; after !== null; ) {
    const { categories, next }: Page = await page(`limit=20&after=${after}`)
    seen.push(...categories.map(({ id }) => id))
    if (next === ids[39]) await client.delete(`/api/category/${next}`)
    after = next
  }
  t.strictSame(seen, ids)
})

t.test('H12: impossible limits and cursors, and unknown parameters, are refused by name', async (t) => {
  const limits = ['0', '-1', '1001', '1e9', '1.5', '', 'abc', '0x10', '01', '%00', '1&limit=2', '9'.repeat(40)]
  const queries = [
    ...limits.map((limit) => `limit=${limit}`),
    ...NO_IDS.map((id) => `after=${id}`),
    ...['after=', 'after=1&after=2', 'after[]=1', 'after[gt]=1', 'limit[]=1'],
    ...['offset=1', 'page=2', 'LIMIT=1', 'name=x', 'id=1', '__proto__=1', 'constructor=1', '__proto__[x]=1', 'x']
  ]
  for (const list of ['patient', 'appointment', 'measure', 'category']) {
    const urls = queries.map((query) => `/api/${list}/?${query}`)
    t.strictSame(await except(400, urls, client.get), [], list)
  }
  const refused = await client.get('/api/patient/?limit=0&after=x&nonsense=1')
  t.strictSame(fields(refused), ['after', 'limit', 'nonsense'], 'and named, all at once')
})

t.test('H11: filters take ids and nothing else; text with SQL in it is text', async (t) => {
  const filters = ['appointment/?patient_id', 'measure/?appointment_id', 'measure/?category_id']
  const hostile = ["' OR 1=1--", '1 OR 1=1', '1;DROP TABLE patient', '%', '_', '\\', '%'.repeat(5_000)]
  for (const filter of filters) {
    const urls = [...NO_IDS, ...hostile.map(encodeURIComponent), ''].map((text) => `/api/${filter}=${text}`)
    t.strictSame(await except(400, urls, client.get), [], filter)
  }
  for (const name of hostile.map((text) => text.slice(0, 200))) {
    const id = await add('patient', { name, surname: name, comments: name })
    const { surname, comments, ...read } = (await client.get(`/api/patient/${id}`)).json<Patient>()
    t.strictSame([read.name, surname, comments], [name, name, name])
  }
})

t.test('an id that is no positive integer in range is 400, one that nobody has 404', async (t) => {
  for (const { path, change } of await samples()) {
    const calls = [['GET'], ['HEAD'], ['PUT', change], ['PATCH', change], ['DELETE']] as const
    for (const [method, payload] of calls) {
      const refused = await except(400, NO_IDS, (id) => client.call(method, `/api/${path}/${id}`, payload))
      t.strictSame(refused, [], `${method} ${path}`)
      t.equal((await client.call(method, `/api/${path}/${UNKNOWN}`, payload)).statusCode, 404, `${method} ${path}`)
    }
  }
})

t.test('references to records that do not exist are refused by name, and nothing is stored', async (t) => {
  const { appointment, measure, body } = await visit()
  const before = (await client.get(`/api/appointment/${appointment}`)).payload
  const both = { appointment_id: UNKNOWN, category_id: UNKNOWN - 1 }
  for (const answer of [
    await client.post('/api/measure/', { ...body, ...both }),
    await client.put(`/api/measure/${measure}`, both),
    await client.patch(`/api/measure/${measure}`, { ...both, value: 77 })
  ]) {
    t.equal(answer.statusCode, 400)
    t.strictSame(fields(answer), ['appointment_id', 'category_id'])
  }
  const one = await client.post('/api/measure/', { ...body, category_id: UNKNOWN })
  t.equal(one.statusCode, 400)
  t.strictSame(fields(one), ['category_id'])
  for (const answer of [
    await client.post('/api/appointment/', { patient_id: UNKNOWN, date: '2024-01-01T00:00:00Z' }),
    await client.put(`/api/appointment/${appointment}`, { patient_id: UNKNOWN, date: '2025-01-01T00:00:00Z' })
  ]) {
    t.equal(answer.statusCode, 400)
    t.strictSame(fields(answer), ['patient_id'])
  }
  t.equal((await client.get(`/api/appointment/${appointment}`)).payload, before)
})

t.test('H1, T3: what is no number, or no id, is refused, and nothing is stored', async (t) => {
  const { appointment, measure, body } = await visit()
  const before = (await client.get(`/api/appointment/${appointment}`)).payload
  const noNumbers = ['null', 'true', 'false', '""', '"5"', '[5]', '[]', '{}', '"0x10"', '"NaN"']
  const noReferences = [...noNumbers, '0', '-1', '1.5', '2147483648', '4294967297', '9223372036854775808', '1e20']
  const cases = [
    ...noNumbers.map((value) => ['value', value]),
    ...noReferences.flatMap((value) => [
      ['appointment_id', value],
      ['category_id', value]
    ])
  ] as [string, string][]
  for (const [field, value] of cases) {
    const created = await raw('POST', '/api/measure/', withJson(body, field, value))
    t.equal(created.statusCode, 400, `POST ${field}: ${value}`)
    t.strictSame(fields(created), [field])
    const changed = await raw('PUT', `/api/measure/${measure}`, `{"${field}":${value}}`)
    t.equal(changed.statusCode, 400, `PUT ${field}: ${value}`)
    t.strictSame(fields(changed), [field])
  }
  for (const field of ['value', 'timestamp', 'appointment_id', 'category_id']) {
    const { [field as keyof typeof body]: _, ...rest } = body
    const refused = await client.post('/api/measure/', rest)
    t.equal(refused.statusCode, 400, `without ${field}`)
    t.strictSame(fields(refused), [field])
  }
  t.equal((await client.get(`/api/appointment/${appointment}`)).payload, before)
})

t.test('H2: a number is refused, or reads back to the bit wherever it is shown', async (t) => {
  const { patient, appointment, body } = await visit()
  const accepted = ['0', '0.1', '59', '59.0', '59.123456789012345', '0.30000000000000004', '5e-324', '-5e-324']
  const more = ['2.2250738585072014e-308', '1e-7', '123456789.12345679', '9007199254740991', '-9007199254740991']
  for (const value of [...accepted, ...more]) {
    const created = await raw('POST', '/api/measure/', withJson(body, 'value', value))
    t.equal(created.statusCode, 201, value)
    const { id } = created.json<Measure>()
    for (const [where, shown] of Object.entries(await everywhere(patient, appointment, id, created.json<Measure>()))) {
      t.ok(Object.is(shown, JSON.parse(value)), `${value} in the ${where}, which shows ${shown}`)
    }
  }
  const refused = [
    '1e400',
    '-1e400',
    '-0',
    '-0.0',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '1e308'
  ]
  for (const value of [...refused, 'NaN', 'Infinity', '0x10', '1.', '.5', '01', '+1']) {
    t.equal((await raw('POST', '/api/measure/', withJson(body, 'value', value))).statusCode, 400, value)
  }
})

t.test('H2: any double in the accepted range reads back to the bit wherever it is shown', async (t) => {
  const MAX = Number.MAX_SAFE_INTEGER
  const doubles = fc.double({ min: -MAX, max: MAX, noNaN: true }).filter((value) => !Object.is(value, -0))
  const property = fc.asyncProperty(fc.array(doubles, { minLength: 20, maxLength: 20 }), async (values) => {
    const { patient, appointment, body } = await visit()
    for (const value of values) {
      const created = (await client.post('/api/measure/', { ...body, value })).json<Measure>()
      const shown = await everywhere(patient, appointment, created.id, created)
      if (!Object.values(shown).every((number) => Object.is(number, value))) throw new Error(JSON.stringify(shown))
    }
  })
  await t.resolves(fc.assert(property, { numRuns: 4, endOnFailure: true }))
})

t.test('H3: NUL and lone surrogates are refused in every text, and nothing is stored', async (t) => {
  const texts = ['\\u0000', 'a\\u0000b', '\\ud800', 'a\\udfff', '\\ude00\\ud83d', '\\ud83d x']
  for (const { path, body, text: names } of await samples()) {
    const { id } = (await client.post(`/api/${path}/`, body)).json<{ id: number }>()
    const before = (await client.get(`/api/${path}/${id}`)).payload
    for (const name of names) {
      for (const text of texts) {
        const created = await raw('POST', `/api/${path}/`, withJson(body, name, `"${text}"`))
        t.equal(created.statusCode, 400, `POST ${path}.${name}: ${text}`)
        t.strictSame(fields(created), [name])
        const changed = await raw('PATCH', `/api/${path}/${id}`, `{"${name}":"${text}"}`)
        t.equal(changed.statusCode, 400, `PATCH ${path}.${name}: ${text}`)
      }
    }
    t.equal((await client.get(`/api/${path}/${id}`)).payload, before)
  }
  for (const url of [
    '/api/patient/%ED%A0%80',
    '/api/patient/1%00',
    '/api/patient/?after=%ED%A0%80',
    '/api/patient/?%00'
  ]) {
    t.equal((await client.get(url)).statusCode, 400, url)
  }
})

t.test('H4: any other text reads back equal, and its length is counted in code points', async (t) => {
  const texts = [
    ...['👩🏽‍⚕️', 'שלום \u202eabc', 'e\u0301 é', '\u{10ffff}', '\ufffe\uffff', '𝒳', ' x ', '\t\r\n'],
    ...['\u2028', 'ﬃ', '\u0001']
  ]
  const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((text) => !text.includes('\0'))
  for (const text of [...texts, ...fc.sample(any, { numRuns: 20, seed: 4 })]) {
    const { id, ...created } = (
      await client.post('/api/patient/', { name: text, surname: text, comments: text })
    ).json<Patient>()
    const read = (await client.get(`/api/patient/${id}`)).json<Patient>()
    t.strictSame([created.name, created.surname, created.comments], [text, text, text], encodeURIComponent(text))
    t.strictSame([read.name, read.surname, read.comments], [text, text, text], encodeURIComponent(text))
  }

  const { body } = await visit()
  const person = { name: 'N', surname: 'S' }
  const limits: [path: string, body: object, field: string, shortest: number, longest: number][] = [
    ['patient', person, 'name', 1, 200],
    ['patient', person, 'surname', 1, 200],
    ['patient', person, 'comments', 0, 10_000],
    ['measure', body, 'marker', 0, 200],
    ['category', {}, 'name', 1, 100]
  ]
  for (const [path, rest, field, shortest, longest] of limits) {
    for (const letter of ['x', '😀']) {
      for (const length of [shortest, longest]) {
        const text = letter.repeat(length)
        const created = await client.post(`/api/${path}/`, { ...rest, [field]: text })
        t.equal(created.statusCode, 201, `${path}.${field} of ${length} ${letter}`)
        t.equal(created.json<Record<string, unknown>>()[field], text)
      }
      for (const length of [shortest - 1, longest + 1].filter((number) => number >= 0)) {
        const refused = await client.post(`/api/${path}/`, { ...rest, [field]: letter.repeat(length) })
        t.equal(refused.statusCode, 400, `${path}.${field} of ${length} ${letter}`)
        t.strictSame(fields(refused), [field])
      }
    }
  }
})

t.test('H5, T4: dates and times that do not exist, or are written otherwise, are refused', async (t) => {
  const { patient, appointment, measure, body } = await visit()
  const days = [
    ...['0000-00-00', '2023-02-29', '2023-02-30', '1900-02-29', '2024-13-01', '2024-00-01', '2024-01-00'],
    ...['2024-04-31']
  ]
  const times = [
    ...['24:00:00Z', '23:59:60Z', '23:60:00Z', '25:00:00Z', '00:00:00+24:00', '00:00:00+00:60', '00:00Z'],
    ...['1:00:00Z', '00:00:00.0001Z', '00:00:00,5Z', '00:00:00.Z', '00:00:00 Z', '00:00:00+0100']
  ]
  const spellings = [
    ...['1', '', 'now', 'Jan 1 2024', '+275760-09-13T00:00:00.001Z', '-000001-01-01T00:00:00Z'],
    ...['２０２４-01-01T00:00:00Z', '2024-1-1T00:00:00Z', '20240101T000000Z', '2024-W01-1T00:00:00Z'],
    ...[' 2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z ', '2024-01-01T00:00:00Z\n'],
    ...['2024-01-01 00:00:00Z', '2024-01-01T', '1704067200', '01/02/2024', '10000-01-01T00:00:00Z'],
    ...['0000-12-31T00:00:00Z']
  ]
  const wrong = [
    ...[...days.map((day) => `${day}T00:00:00Z`), ...times.map((time) => `2024-01-01T${time}`), ...spellings],
    ...[1704067200, true, ['2024-01-01T00:00:00Z'], {}]
  ]
  const instants = [...wrong, ...days, '2024-01-01', null, '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01']
  const refused: [string, object, string, unknown[]][] = [
    ['appointment', { patient_id: patient }, 'date', instants],
    ['measure', body, 'timestamp', instants],
    ['patient', { name: 'N', surname: 'S' }, 'birthday', [...wrong, ...days, '2024-01-01Z', '0001-1-01']]
  ]
  const records: Record<string, number> = { patient, appointment, measure }
  for (const [path, rest, field, values] of refused) {
    const url = `/api/${path}/${records[path]}`
    const before = (await client.get(url)).payload
    for (const value of values) {
      const created = await client.post(`/api/${path}/`, { ...rest, [field]: value })
      const changed = await client.put(url, { [field]: value })
      const refused = [created, changed].map((answer) => [answer.statusCode, fields(answer)])
      t.strictSame(refused, Array(2).fill([400, [field]]), `${path}.${field}: ${encodeURIComponent(String(value))}`)
    }
    t.equal((await client.get(url)).payload, before)
  }
})

t.test('H5: an instant leaves as RFC 3339 in UTC, the same wherever it is shown', async (t) => {
  const { patient, appointment, measure } = await visit()
  const instants: [sent: string, shown: string][] = [
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2024-02-29T11:24:59', '2024-02-29T11:24:59Z'],
    ['2024-02-29t11:24:59z', '2024-02-29T11:24:59Z'],
    ['2024-03-01T05:29:59+05:30', '2024-02-29T23:59:59Z'],
    ['2023-12-31T23:00:00-01:00', '2024-01-01T00:00:00Z'],
    ['2024-01-01T00:00:00-00:00', '2024-01-01T00:00:00Z'],
    ['2024-01-01T00:00:00.5Z', '2024-01-01T00:00:00.500Z'],
    ['2024-01-01T00:00:00.001000', '2024-01-01T00:00:00.001Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['2024-03-31T02:30:00', '2024-03-31T02:30:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['0099-06-01T00:00:00.010Z', '0099-06-01T00:00:00.010Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z']
  ]
  const years = {
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true
  }
  for (const date of fc.sample(fc.date(years), { numRuns: 20, seed: 5 })) {
    const text = date.toISOString()
    instants.push([text, text.replace('.000Z', 'Z')])
  }
  for (const [sent, shown] of instants) {
    const put = (await client.put(`/api/appointment/${appointment}`, { date: sent })).json<Appointment>()
    const patch = (await client.patch(`/api/measure/${measure}`, { timestamp: sent })).json<Measure>()
    const read = (await client.get(`/api/patient/${patient}`)).json<Patient>().appointments[0]
    const { measures } = (await client.get(`/api/measure/?appointment_id=${appointment}`)).json<Appointment>()
    t.strictSame(
      [put.date, patch.timestamp, read?.date, read?.measures[0]?.timestamp, measures[0]?.timestamp],
      Array(5).fill(shown),
      sent
    )
  }
})

t.test('H5, H6: a birthday is the date that was written, whatever time and offset follow it', async (t) => {
  const birthdays: [sent: string | null, shown: string | null][] = [
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['1971-07-30T00:00:00', '1971-07-30'],
    ['1971-07-30T23:59:59.999Z', '1971-07-30'],
    ['1971-07-30T00:00:00+14:00', '1971-07-30'],
    ['1971-07-30T23:00:00-11:00', '1971-07-30'],
    ['0001-01-01', '0001-01-01'],
    ['9999-12-31', '9999-12-31'],
    [null, null]
  ]
  for (const [birthday, shown] of birthdays) {
    const created = (await client.post('/api/patient/', { name: 'N', surname: 'S', birthday })).json<Patient>()
    const url = `/api/patient/${created.id}`
    const read = (await client.get(url)).json<Patient>()
    const put = (await client.put(url, { birthday })).json<Patient>()
    t.strictSame([created.birthday, read.birthday, put.birthday], [shown, shown, shown], String(birthday))
  }
})

t.test('H7: fields left out stay, null clears a field that may be empty and is refused for the others', async (t) => {
  const full = { name: 'Ada', surname: 'Lovelace', birthday: '1815-12-10', comments: 'first' }
  const { appointment, category, body } = await visit()
  const patient = await add('patient', full)
  const measure = await add('measure', { ...body, marker: 'left arm' })

  for (const method of ['PUT', 'PATCH'] as const) {
    const change = async (path: string, changes: object) =>
      (await client.call(method, path, changes)).json<Patient & Measure>()
    const url = `/api/patient/${patient}`
    await client.put(url, full)
    t.match(await change(url, {}), full, `${method} of nothing changes nothing`)
    t.match(await change(url, { comments: null }), { ...full, comments: null })
    t.match(await change(url, { comments: '' }), { ...full, comments: '' }, 'empty text is not null')
    t.match(await change(url, { birthday: null }), { ...full, comments: '', birthday: null })
    t.match((await client.get(url)).json(), { ...full, comments: '', birthday: null })

    t.match(await change(`/api/measure/${measure}`, { value: 5 }), {
      marker: 'left arm',
      value: 5,
      category: { id: category }
    })
    t.match(await change(`/api/measure/${measure}`, { marker: null }), { marker: null, value: 5 })
    await client.put(`/api/measure/${measure}`, { marker: 'left arm' })

    const required = [
      [url, 'name'],
      [url, 'surname'],
      [`/api/appointment/${appointment}`, 'date'],
      [`/api/appointment/${appointment}`, 'patient_id'],
      [`/api/measure/${measure}`, 'value'],
      [`/api/measure/${measure}`, 'timestamp'],
      [`/api/measure/${measure}`, 'appointment_id'],
      [`/api/measure/${measure}`, 'category_id'],
      [`/api/category/${category}`, 'name']
    ] as const
    for (const [path, field] of required) {
      const refused = await client.call(method, path, { [field]: null })
      t.equal(refused.statusCode, 400, `${method} ${path} ${field}: null`)
      t.strictSame(fields(refused), [field])
    }
  }
})

t.test("D4: a field that is not the client's to give is refused by name, and nothing is stored", async (t) => {
  const extras = [
    ...['id', 'version', 'role', 'createdAt', 'appointments', 'measures', 'category', 'Name', 'name '],
    ...['toString']
  ]
  for (const { path, list, body, change } of await samples()) {
    const { id } = (await client.post(`/api/${path}/`, body)).json<{ id: number }>()
    const before = (await client.get(`/api/${path}/${id}`)).payload
    for (const extra of [...extras, path === 'appointment' ? 'appointment_id' : 'patient_id']) {
      for (const value of [1, null]) {
        const created = await client.post(`/api/${path}/`, { ...body, [extra]: value })
        t.equal(created.statusCode, 400, `POST ${path} with ${extra}`)
        t.strictSame(fields(created), [extra])
        const changed = await client.put(`/api/${path}/${id}`, { ...change, [extra]: value })
        t.equal(changed.statusCode, 400, `PUT ${path} with ${extra}`)
        t.strictSame(fields(changed), [extra])
      }
    }
    t.equal((await client.get(`/api/${path}/${id}`)).payload, before)
    t.strictSame((await client.get(`/api/${path}/?after=${id}`)).json(), { [list]: [], next: null })
  }
})

t.test('a body that is no object is refused', async (t) => {
  for (const { path, body } of await samples()) {
    const { id } = (await client.post(`/api/${path}/`, body)).json<{ id: number }>()
    for (const text of ['', 'null', '[]', '[{}]', '"x"', '1', 'true', '{', `{"id"`, '{}}']) {
      t.equal((await raw('POST', `/api/${path}/`, text)).statusCode, 400, `POST ${path}: ${text}`)
      t.equal((await raw('PUT', `/api/${path}/${id}`, text)).statusCode, 400, `PUT ${path}: ${text}`)
    }
    t.equal((await client.call('PATCH', `/api/${path}/${id}`)).statusCode, 400, `PATCH ${path} without a body`)
  }
})

t.test('H9: a deleted patient takes appointments and measures along, and nothing else', async (t) => {
  const [gone, stays] = [await visit(), await visit()]
  await client.patch(`/api/measure/${stays.measure}`, { category_id: gone.category })
  t.equal((await client.delete(`/api/patient/${gone.patient}`)).statusCode, 200)
  for (const url of [`appointment/${gone.appointment}`, `measure/${gone.measure}`]) {
    t.equal((await client.get(`/api/${url}`)).statusCode, 404, url)
  }
  t.strictSame(await listedIds(`/api/appointment/?patient_id=${gone.patient}`), [])
  t.strictSame(await listedIds(`/api/measure/?appointment_id=${gone.appointment}`), [])
  t.strictSame(await listedIds(`/api/measure/?category_id=${gone.category}`), [stays.measure])

  t.equal((await client.delete(`/api/appointment/${stays.appointment}`)).statusCode, 200)
  t.equal((await client.get(`/api/measure/${stays.measure}`)).statusCode, 404, 'an appointment takes its measures')
  t.strictSame((await client.get(`/api/patient/${stays.patient}`)).json<Patient>().appointments, [])
})

t.test('H9: a category in use is not deleted', async (t) => {
  const { category, measure } = await visit()
  const refused = await client.delete(`/api/category/${category}`)
  t.equal(refused.statusCode, 409)
  t.equal(refused.json<Failure>().code, 'IN_USE')
  t.equal((await client.get(`/api/category/${category}`)).statusCode, 200)
  t.equal((await client.get(`/api/measure/${measure}`)).statusCode, 200)
  await client.delete(`/api/measure/${measure}`)
  t.equal((await client.delete(`/api/category/${category}`)).statusCode, 200, 'and is, once nothing uses it')
})

t.test('H9: what is added while its parent is deleted is never an orphan', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { patient, category, appointment } = await visit()
    const appointmentBody = { patient_id: patient, date: '2024-01-01T00:00:00Z' }
    const measureBody = {
      value: 1,
      timestamp: '2024-01-01T00:00:00Z',
      category_id: category,
      appointment_id: appointment
    }
    const answers = await Promise.all([
      client.post('/api/appointment/', appointmentBody),
      client.delete(`/api/patient/${patient}`),
      client.post('/api/measure/', measureBody),
      client.delete(`/api/category/${category}`)
    ])
    t.ok(
      answers.every(({ statusCode }) => statusCode < 500),
      answers.map(({ statusCode }) => statusCode).join(' ')
    )
    t.equal(answers[1].statusCode, 200)
    t.strictSame(await listedIds(`/api/appointment/?patient_id=${patient}`), [])
    t.strictSame(await listedIds(`/api/measure/?appointment_id=${appointment}`), [])
  }
})

t.test('H10: a write with If-Match meets only the version that was read', async (t) => {
  for (const { path, body, change } of await samples()) {
    const created = await client.post(`/api/${path}/`, body)
    const url = `/api/${path}/${created.json<{ id: number }>().id}`
    const old = String(created.headers.etag)
    const current = String((await client.put(url, change, { 'if-match': old })).headers.etag)
    t.not(current, old, 'a change makes a new version')
    const state = (await client.get(url)).payload

    const unquoted = current.replaceAll('"', '')
    const stale = [
      ...[old, `${old}, "77"`, `W/${current}`, unquoted, `'${unquoted}'`, `${current}x`, `${old} OR 1=1`],
      ...['"', '""', 'x', '"0"', '"-1"', '**', '"*"', `"${'9'.repeat(40)}"`, ',', '']
    ]
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      const payload = method === 'DELETE' ? undefined : change
      const done = await except(412, stale, (tag) => client.call(method, url, payload, { 'if-match': tag }))
      t.strictSame(done, [], `${method} ${path} in another version`)
    }
    t.equal((await client.get(url)).payload, state, 'what is refused changes nothing')
    t.equal((await client.get(url)).headers.etag, current)

    const matching = ['*', ' * ', '"77", "now"', 'W/"77" ,"now"', '"now","now"']
    for (const tag of matching) {
      const now = String((await client.get(url)).headers.etag)
      const put = await client.put(url, change, { 'if-match': tag.replaceAll('"now"', now) })
      t.equal(put.statusCode, 200, `If-Match: ${tag}`)
    }
    t.equal((await client.put(`/api/${path}/${UNKNOWN}`, change, { 'if-match': '*' })).statusCode, 404)
    t.equal((await client.delete(`/api/${path}/${UNKNOWN}`, { 'if-match': '"1"' })).statusCode, 404)
    const last = String((await client.get(url)).headers.etag)
    t.equal((await client.delete(url, { 'if-match': last })).statusCode, 200)
  }
})

t.test('H10: of writes at the same moment with the same If-Match one is done, the others are told', async (t) => {
  for (let round = 0; round < 5; round++) {
    for (const { path, body, change } of await samples()) {
      const created = await client.post(`/api/${path}/`, body)
      const url = `/api/${path}/${created.json<{ id: number }>().id}`
      const headers = { 'if-match': String(created.headers.etag) }
      const answers = await Promise.all([client.put(url, change, headers), client.put(url, body, headers)])
      t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 412], path)
      const done = answers.find(({ statusCode }) => statusCode === 200)
      t.equal((await client.get(url)).payload, done?.payload, 'and what was done is what is there')
    }
  }
})

t.test('an id is never given twice', async (t) => {
  for (const { path, body } of await samples()) {
    const first = await add(path, body)
    await client.delete(`/api/${path}/${first}`)
    t.ok((await add(path, body)) > first, path)
  }
})

// A patient with one appointment and one measure, in a category of its own; `body` is what made the measure.
async function visit() {
  const patient = await add('patient', { name: 'Luca', surname: 'Nastasi' })
  const category = await add('category', { name: 'HR' })
  const appointment = await add('appointment', { patient_id: patient, date: '2024-01-01T00:00:00Z' })
  const body = { value: 59, timestamp: '2024-01-01T11:24:59Z', appointment_id: appointment, category_id: category }
  return { patient, category, appointment, body, measure: await add('measure', body) }
}

interface Sample {
  path: string
  list: string
  title: string
  /** What is sent, and how it is shown without its id. */
  body: object
  shown: object
  /** An update, and what it changes of the above. */
  change: object
  changed: object
  /** The fields that hold text. */
  text: string[]
}

async function samples(): Promise<Sample[]> {
  const { patient, category, appointment } = await visit()
  const person = { name: 'Ada', surname: 'Lovelace', birthday: '1815-12-10', comments: 'first' }
  const date = '2024-05-01T08:00:00Z'
  const measured = { marker: 'left arm', value: 72.5, timestamp: date, appointment_id: appointment }
  return [
    {
      ...{ path: 'patient', list: 'patients', title: 'Patient', text: ['name', 'surname', 'comments'] },
      ...{ body: person, shown: { ...person, appointments: [] } },
      ...{ change: { surname: 'King' }, changed: { surname: 'King' } }
    },
    {
      ...{ path: 'appointment', list: 'appointments', title: 'Appointment', text: ['date'] },
      ...{ body: { patient_id: patient, date }, shown: { patient_id: patient, date, measures: [] } },
      ...{ change: { date: '2025-01-01T00:00:00Z' }, changed: { date: '2025-01-01T00:00:00Z' } }
    },
    {
      ...{ path: 'measure', list: 'measures', title: 'Measure', text: ['marker', 'timestamp'] },
      ...{ body: { ...measured, category_id: category } },
      ...{ shown: { ...measured, category: { id: category, name: 'HR' } } },
      ...{ change: { value: -1 }, changed: { value: -1 } }
    },
    {
      ...{ path: 'category', list: 'categories', title: 'Category', text: ['name'] },
      ...{ body: { name: 'Blood Pressure' }, shown: { name: 'Blood Pressure' } },
      ...{ change: { name: 'BP' }, changed: { name: 'BP' } }
    }
  ]
}

async function add(path: string, body: object): Promise<number> {
  const answer = await client.post(`/api/${path}/`, body)
  if (answer.statusCode !== 201) throw new Error(`${path} was not added: ${answer.payload}`)
  return answer.json<{ id: number }>().id
}

async function listedIds(url: string): Promise<number[]> {
  const answer = (await client.get(url)).json<Record<string, { id: number }[]>>()
  return [answer.appointments, answer.measures].flatMap((rows) => rows ?? []).map(({ id }) => id)
}

// The value of a measure in every answer that shows it.
async function everywhere(patient: number, appointment: number, id: number, created: Measure) {
  const nested = (await client.get(`/api/patient/${patient}`)).json<Patient>().appointments[0]
  const half = (await client.get(`/api/appointment/${appointment}`)).json<Appointment>()
  const list = (await client.get(`/api/measure/?appointment_id=${appointment}&after=${id - 1}`)).json<Appointment>()
  const of = (measures: Measure[] | undefined) => measures?.find((measure) => measure.id === id)?.value
  return {
    'answer to POST': created.value,
    measure: (await client.get(`/api/measure/${id}`)).json<Measure>().value,
    list: of(list.measures),
    appointment: of(half.measures),
    patient: of(nested?.measures)
  }
}

/** The inputs that are answered with another status, and with which. */
async function except(status: number, inputs: string[], ask: (input: string) => Promise<{ statusCode: number }>) {
  const answers = await Promise.all(inputs.map(async (input) => ({ input, status: (await ask(input)).statusCode })))
  return answers.filter((answer) => answer.status !== status)
}

/** JSON of a body in which one field is this text, for values that JSON.stringify does not write. */
function withJson(body: object, field: string, json: string): string {
  const { [field as keyof typeof body]: _, ...rest } = body
  return JSON.stringify(rest).replace(/\}$/, `${Object.keys(rest).length > 0 ? ',' : ''}"${field}":${json}}`)
}

function raw(method: 'POST' | 'PUT' | 'PATCH', url: string, payload: string) {
  const headers = { authorization: `Bearer ${client.access_token}`, 'content-type': 'application/json' }
  return app.inject({ method, url, headers, payload })
}

/** The fields that an error names, sorted. */
function fields(answer: { json<Body>(): Body }): string[] | undefined {
  return answer
    .json<Failure>()
    .details?.map(({ field }) => field)
    .sort()
}
