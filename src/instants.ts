// Points in time (RFC 3339) and calendar dates: which texts are accepted, and the one spelling that is sent.
// Date.parse is never used on a client's text: it reads "1" as the year 2001 and turns 30 February into 1 March.

const DATE = /^\d{4}-\d{2}-\d{2}$/
const LAST_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] // of each month
const TIME = /^[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/

/** The first and the last instant that can be sent, in milliseconds since 1970. */
export const FIRST_INSTANT = new Date('0001-01-01T00:00:00Z').getTime()
export const LAST_INSTANT = new Date('9999-12-31T23:59:59.999Z').getTime()

/**
 * Returns the milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 date-time, or of an ISO 8601 date-time without an
 * offset, which means UTC. Up to nine digits of a second are cut to milliseconds. Undefined for anything else: a day or
 * hour that does not exist, a leap second, a year outside 0001–9999.
 */
export function parseInstant(text: string): number | undefined {
  const time = TIME.exec(text.slice(10))
  if (!time || !isCalendarDate(text.slice(0, 10))) return undefined
  const [, , fraction = '0', offset = 'Z'] = time
  const milliseconds = new Date(
    `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3)}${offset.toUpperCase()}`
  ).getTime()
  return milliseconds < FIRST_INSTANT || milliseconds > LAST_INSTANT ? undefined : milliseconds
}

/** Returns milliseconds since 1970 as RFC 3339 in UTC (`2024-01-01T11:24:59Z`). Whole seconds have no fraction. */
export function formatInstant(milliseconds: number): string {
  // Date.toISOString takes four times as long, and a list has thousands of times.
  const day = Math.floor(milliseconds / DAY)
  const rest = milliseconds - day * DAY
  const seconds = Math.floor(rest / 1000)
  const time = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
  const fraction = rest % 1000
  return `${dateOf(day)}T${time}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}Z`
}

const DAY = 86_400_000 // milliseconds
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const two = (number: number) => TWO_DIGITS[Math.floor(number)]

const dates = new Map<number, string>()

/** Returns the date `YYYY-MM-DD` of a day, counted from 1970-01-01. */
function dateOf(day: number): string {
  let date = dates.get(day)
  if (date === undefined) {
    date = new Date(day * DAY).toISOString().slice(0, 10)
    if (dates.size >= 10_000) dates.clear()
    dates.set(day, date)
  }
  return date
}

/** Like `formatInstant`, cut to the whole second. A JWT counts in seconds, so times that go into one are stored this way. */
export function formatWholeSecond(milliseconds: number): string {
  return formatInstant(Math.floor(milliseconds / 1000) * 1000)
}

/** Returns the instant this many milliseconds from now (negative: ago) as RFC 3339 in UTC. */
export function fromNow(milliseconds = 0): string {
  return formatInstant(Date.now() + milliseconds)
}

/**
 * Returns the calendar date `YYYY-MM-DD` of a date or an ISO 8601 date-time; the time is dropped and the offset is not
 * applied. Undefined when the text is neither, or the day does not exist.
 */
export function parseDate(text: string): string | undefined {
  const date = text.slice(0, 10)
  const rest = text.slice(10)
  return isCalendarDate(date) && (rest === '' || TIME.test(rest)) ? date : undefined
}

// Another program may have stored what cannot be sent, such as PostgreSQL's "infinity". If reading it threw, one such row
// would make every list that contains it fail. It is read as the nearest value that can be sent. What is no time at all is
// read as the first one, because an expiry that cannot be read must not lie in the future.

const BEYOND = /^(infinity$|\d{5,}-(?!.*BC$))/

/** Returns the nearest instant to stored milliseconds as RFC 3339 in UTC; `text` is how the database writes it. */
export function nearestInstant(milliseconds: unknown, text = ''): string {
  if (typeof milliseconds !== 'number' || Number.isNaN(milliseconds))
    return formatInstant(BEYOND.test(text) ? LAST_INSTANT : FIRST_INSTANT)
  return formatInstant(Math.floor(Math.min(Math.max(milliseconds, FIRST_INSTANT), LAST_INSTANT)))
}

/** Returns the nearest calendar date `YYYY-MM-DD` to a stored value. */
export function nearestDate(stored: unknown): string {
  const text = String(stored)
  return parseDate(text) ?? (BEYOND.test(text) ? '9999-12-31' : '0001-01-01')
}

/** Whether the text is `YYYY-MM-DD` and the day exists. By arithmetic, because lists have thousands of dates. */
function isCalendarDate(text: string): boolean {
  if (!DATE.test(text)) return false
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))]
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const lastDay = month === 2 && isLeapYear ? 29 : (LAST_DAYS[month] ?? 0)
  return year >= 1 && day >= 1 && day <= lastDay
}
