// The chapters of the story about values: which are stored, and which are rejected.

import type { Client } from './client.ts'

/** The resources of the story. */
export const RESOURCES = ['sample', 'part']
/** A valid body. */
export const PART = { sample_id: 1, label: 'Scale', seen_at: '2024-01-01T11:24:59.250Z', amount: 59, done: false }

/** Records that do not exist yet, ids that are none, and bodies without a field that exists. */
export async function missingRecords({ send }: Client) {
  for (const list of RESOURCES) {
    await send('GET', `/api/${list}/`)
    await send('HEAD', `/api/${list}/`)
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      await send(method, `/api/${list}/1`, method === 'PUT' ? {} : undefined)
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
      await send('GET', `/api/${list}/${id}`)
    }
    for (const id of ['NaN', '%00', '%EF%BC%91', '%zz', '%ED%A0%80', 'x'.repeat(101)])
      await send('GET', `/api/${list}/${id}`)
    for (const body of [null, [], {}, 'text', 1, { nonsense: 1 }, { name: '\0', label: '\ud800' }]) {
      await send('POST', `/api/${list}/`, body)
    }
  }
}

/** Texts that are stored, and those that are rejected. */
export async function texts({ send }: Client) {
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
  for (const name of ['HR', 'Blood Pressure', '血圧', ...names]) await send('POST', '/api/sample/', { name })
  for (const name of names) await send('POST', '/api/part/', { ...PART, label: `${name}${name}`, note: name })
  for (const label of ['', '\0', '\udfff', 'x'.repeat(201), '😀'.repeat(201), '😀'.repeat(200), null, 1, true, ['x']]) {
    await send('POST', '/api/part/', { ...PART, label })
  }
  for (const note of ['left arm', '🫀', null, '\0', 'x'.repeat(10_001)]) {
    await send('PUT', '/api/part/2', { note, sample_id: 3, seen_at: '2024-02-29T12:00:00.001000' })
  }
  for (const change of [{}, { note: null }, { note: '' }, { note: 'again', label: 'Łukasz' }]) {
    await send('PATCH', '/api/part/1', change)
  }
  for (const change of [{ id: 7 }, { label: null }, { version: 1, role: 'admin', createdAt: 1 }, { parts: [] }]) {
    await send('PATCH', '/api/part/1', change)
    await send('POST', '/api/part/', { ...PART, ...change })
  }
  await send('GET', '/api/part/1')
  await send('HEAD', '/api/part/1')
}

/** Dates and instants that are stored, and those that are rejected. */
export async function datesAndInstants({ send }: Client) {
  const dates = [
    '1997-07-28',
    '1971-07-30T00:00:00',
    '1971-07-30T23:00:00-11:00',
    '2024-02-29',
    '0001-01-01',
    '9999-12-31'
  ]
  const invalidDates = [
    '2023-02-29',
    '0000-00-00',
    '1',
    'Jan 1 2024',
    '２０２４-01-01',
    '2024-01-01T24:00:00',
    '',
    0,
    false
  ]
  for (const made_on of [...dates, ...invalidDates, null]) await send('PUT', '/api/part/1', { made_on })

  const instants = ['2024-01-01T11:24:59Z', '2024-03-31T02:30:00', '2024-03-01T05:29:59+05:30', '0001-01-01T00:00:00Z']
  const more = ['1969-12-31T23:59:59.999Z', '1582-10-10T00:00:00Z', '1883-11-18T12:00:00.5', '9999-12-31T23:59:59.999Z']
  const invalid = [
    '2016-12-31T23:59:60Z',
    '2023-02-30T00:00:00Z',
    '2024-01-01',
    '+275760-09-13T00:00:00.001Z',
    '',
    null,
    1,
    true
  ]
  for (const seen_at of [...instants, ...more, ...invalid]) {
    await send('POST', '/api/part/', { ...PART, seen_at, made_on: dates[0] })
  }
}

/** Numbers and booleans that are stored, and those that are rejected. */
export async function numbersAndFlags({ send, sendText }: Client) {
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
    await sendText('POST', '/api/part/', `{"amount":${amount},${JSON.stringify(part).slice(1)}`)
  }
  const integers = ['0', '-1', '7.0', '1e3', '2147483647', '-2147483648', 'null']
  const invalidIntegers = ['2147483648', '-2147483649', '1.5', '-0', '1e400', 'true', '"5"', '[5]']
  for (const count of [...integers, ...invalidIntegers]) await sendText('PUT', '/api/part/3', `{"count":${count}}`)
  for (const done of [true, false, null, 0, 1, 'true', '']) await send('PUT', '/api/part/3', { done })
  for (const url of ['/api/sample/1', '/api/sample/', '/api/part/1', '/api/part/3', '/api/part/']) {
    await send('GET', url)
  }
}
