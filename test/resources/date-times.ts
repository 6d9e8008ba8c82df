// Texts that look like dates and date-times, valid and invalid, and the instants that arithmetic gives for them.

import fc from 'fast-check'

export const FIRST = new Date('0001-01-01T00:00:00Z')
export const LAST = new Date('9999-12-31T23:59:59.999Z')

/** Any instant of the years 1 to 9999. */
export const anyDate = fc.date({ min: FIRST, max: LAST, noInvalidDate: true })

// The numbers go just beyond what exists, such as a 13th month.
const digits = (width: number, max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'))
const times = fc.tuple(
  digits(2, 25),
  digits(2, 61),
  digits(2, 61),
  fc.constantFrom('', '.5', '.050', '.1230', '.0009', '.999999999', '.0000000000')
)
const offsets = fc.oneof(
  fc.constantFrom('', 'Z', 'z', '+00:00', '-00:00', '+0100', '+24:00', '-12:60', ' '),
  fc
    .tuple(fc.constantFrom('+', '-'), digits(2, 24), digits(2, 60))
    .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`)
)

/** Year, month and day. */
export const days = fc.tuple(fc.oneof(digits(4, 9999), digits(4, 4)), digits(2, 13), digits(2, 32))

export const dateTimes = fc
  .tuple(days, fc.constantFrom('T', 't', ' '), times, offsets)
  .map(([day, letter, [h, m, s, fraction], offset]) => `${day.join('-')}${letter}${h}:${m}:${s}${fraction}${offset}`)

export const INVALID_DAYS = [
  ...['0000-00-00', '0000-01-01', '2023-02-29', '2023-02-30', '1900-02-29', '2024-13-01', '2024-00-10'],
  ...['2024-01-00', '2024-04-31']
]

export const INVALID_TIMES = [
  ...['24:00:00Z', '23:60:00Z', '23:59:60Z', '00:00:00+24:00', '00:00:00-00:60', '00:00:00+0100'],
  ...['00:00:00Z+01:00', '00:00Z', '0:00:00Z', '00:00:00.Z', '00:00:00.0123456789Z', '00:00:00,5Z', '00:00:00 Z'],
  ...['']
]

/** Neither a date nor a date-time. */
export const INVALID_FORMATS = [
  ...['', '1', 'now', 'Invalid Date', 'Jan 1 2024', '1704067200000', '+275760-09-13T00:00:00.001Z'],
  ...['-000001-01-01T00:00:00Z', '+002024-01-01T00:00:00Z', '２０２４-01-01T00:00:00Z', '2024-01-01T0０:00:00Z'],
  ...['2024-1-1T00:00:00Z', '20240101T000000Z', '2024-W01-1T00:00:00Z', '2024-001T00:00:00Z'],
  ...[' 2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z ', '2024-01-01T00:00:00Z\n', '2024-01-01T00:00:00Z\0'],
  ...['2024-01-01T', '2024-01-01Z']
]

/** Returns the instant of a date-time in milliseconds by counting days. Undefined if it does not exist. */
export function calculated(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))?$/.exec(text)
  if (!parts) return undefined
  const numbers = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number]
  const [year, month, day, hour, minute, second] = numbers
  const [fraction = '', sign, hours = '0', minutes = '0'] = parts.slice(7)
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  if (year < 1 || month < 1 || day < 1 || day > (lengths[month - 1] ?? 0)) return undefined
  if (hour > 23 || minute > 59 || second > 59 || Number(hours) > 23 || Number(minutes) > 59) return undefined
  if (fraction.length > 9) return undefined

  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  const dayOfYear = lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0) + day - 1
  const since1970 = before * 365 + leapDays + dayOfYear - 719_162
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const seconds = ((since1970 * 24 + hour) * 60 + minute - offset) * 60 + second
  const milliseconds = seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return milliseconds < FIRST.getTime() || milliseconds > LAST.getTime() ? undefined : milliseconds
}
