// How instants and calendar dates are read and written. No server is needed.

import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { formatInstant, fromNow, parseDate, parseInstant } from '../../src/instants.ts'
import { anyText, escaped, holds } from '../support/properties.ts'
import {
  anyDate,
  calculated,
  dateTimes,
  days,
  FIRST,
  INVALID_DAYS,
  INVALID_FORMATS,
  INVALID_TIMES,
  LAST
} from './date-times.ts'

t.test('an instant that does not exist or has another format is rejected [H5]', async (t) => {
  const texts = [
    ...INVALID_FORMATS,
    ...INVALID_DAYS.map((day) => `${day}T00:00:00Z`),
    ...INVALID_TIMES.map((time) => `2024-01-01T${time}`)
  ]
  const outside = ['0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59.999-00:01', '10000-01-01T00:00:00Z', '2024-01-01']
  for (const text of [...texts, ...outside]) t.equal(parseInstant(text), undefined, escaped(text))
})

t.test('an instant is read with its offset, and as UTC if it has none [H5]', async (t) => {
  const midnight = Date.UTC(2024, 1, 29)
  const texts: [text: string, milliseconds: number][] = [
    ['2024-02-29T00:00:00Z', midnight],
    ['2024-02-29t00:00:00z', midnight],
    ['2024-02-29T00:00:00', midnight],
    ['2024-02-29T00:00:00.000000', midnight],
    ['2024-02-29T00:00:00.5', midnight + 500],
    ['2024-02-29T00:00:00.05Z', midnight + 50],
    ['2024-02-29T00:00:00.005000Z', midnight + 5],
    ['2024-02-29T00:00:00.123456', midnight + 123],
    ['2024-02-29T00:00:00.999999999Z', midnight + 999],
    ['2024-02-29T05:30:00+05:30', midnight],
    ['2024-02-28T12:00:00-12:00', midnight],
    ['2024-02-29T00:00:00-00:00', midnight],
    ['2024-02-29T23:59:00+23:59', midnight],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['0001-01-01T00:00:00Z', FIRST.getTime()],
    ['9999-12-31T23:59:59.999Z', LAST.getTime()]
  ]
  for (const [text, milliseconds] of texts) t.equal(parseInstant(text), milliseconds, text)
})

t.test(
  'every instant of the years 1 to 9999 is the same to the millisecond after writing and reading [H5]',
  async (t) => {
    holds(t, anyDate, (date) => {
      const text = formatInstant(date.getTime())
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(text) && parseInstant(text) === date.getTime()
    })
    t.equal(formatInstant(0), '1970-01-01T00:00:00Z')
    t.equal(formatInstant(-1), '1969-12-31T23:59:59.999Z')
    const before = Date.now()
    const hourAgo = parseInstant(fromNow(-3_600_000)) ?? Number.NaN
    t.ok(hourAgo >= before - 3_600_000 && hourAgo <= Date.now() - 3_600_000, 'fromNow counts in milliseconds')
  }
)

t.test('exactly the instants that exist are accepted, and each is the one that arithmetic gives [H5]', async (t) => {
  holds(t, dateTimes, (text) => parseInstant(text) === calculated(text))
})

t.test('a date that does not exist or has another format is rejected [H5]', async (t) => {
  const texts = [...INVALID_FORMATS, ...INVALID_DAYS, ...INVALID_DAYS.map((day) => `${day}T00:00:00`)]
  for (const text of [...texts, ...INVALID_TIMES.filter(Boolean).map((time) => `2024-01-01T${time}`)]) {
    t.equal(parseDate(text), undefined, escaped(text))
  }
})

t.test('a date is kept as written, whatever time and offset follow it [H5, H6]', async (t) => {
  for (const time of ['', 'T00:00:00', 'T23:59:59.999Z', 'T00:00:00+14:00', 'T23:59:59-12:00', 't00:00:00z']) {
    t.equal(parseDate(`2024-02-29${time}`), '2024-02-29', time)
  }
  holds(t, days, (parts) => {
    const text = parts.join('-')
    return parseDate(text) === (calculated(`${text}T00:00:00Z`) === undefined ? undefined : text)
  })
})

t.test('the parsers never throw, and accept their own results [H5]', async (t) => {
  const close = fc
    .tuple(dateTimes, fc.nat(30), anyText)
    .map(([text, at, junk]) => text.slice(0, at) + junk + text.slice(at))
  holds(t, fc.oneof(anyText, dateTimes, close), (text) => {
    const milliseconds = parseInstant(text)
    const date = parseDate(text)
    return (
      (milliseconds === undefined || parseInstant(formatInstant(milliseconds)) === milliseconds) &&
      (date === undefined || (parseDate(date) === date && text.startsWith(date)))
    )
  })
})

t.test('instants and dates are the same in every time zone of the server [H6]', async (t) => {
  const texts = [
    ...['1971-07-30T00:00:00', '2024-03-31T02:30:00', '2024-03-10T02:30:00.5', '2011-12-30T12:00:00'],
    ...['2024-02-29', '2024-11-03T01:30:00-04:00', '0001-01-01T00:00:00Z', '1883-11-18T12:00:00']
  ]
  const module = pathToFileURL(`${import.meta.dirname}/../../src/instants.ts`)
  const script = `
    import { formatInstant, parseDate, parseInstant } from '${module}'
    const results = (text) => [parseDate(text), parseInstant(text), formatInstant(parseInstant(text) ?? 0)]
    const zone = new Date(1e12).getTimezoneOffset()
    console.log(JSON.stringify({ zone, results: ${JSON.stringify(texts)}.map(results) }))`
  const zones = ['UTC', 'Pacific/Kiritimati', 'America/New_York']
  const runs = zones.map(async (TZ) => {
    const options = { env: { ...process.env, TZ } }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
    return JSON.parse(stdout) as { zone: number; results: unknown[] }
  })
  const [utc, ...others] = await Promise.all(runs)
  t.strictSame([utc?.zone, ...others.map(({ zone }) => zone)], [0, -840, 240], 'the processes ran in these zones')
  t.match(utc?.results[0], ['1971-07-30', Date.UTC(1971, 6, 30), '1971-07-30T00:00:00Z'])
  for (const { results } of others) t.strictSame(results, utc?.results)
})
