// Times as the pages show them: in the zone of TIME_ZONE. What is stored, and every attribute `datetime`, is UTC.

import type { Config } from '../../src/config.ts'
import { FIRST_INSTANT, formatInstant, fromNow, LAST_INSTANT } from '../../src/instants.ts'
import type { Words } from '../../src/words/en.ts'

/** No zone is so far from UTC: a day, in milliseconds. */
const FARTHEST = 86_400_000
/** Who knows the short names of which zones: CET the British, EST the Americans. All others write GMT+1 and GMT-5. */
const SHORT_NAMES = { en: ['en-GB', 'en-US'], de: ['de'] }

export type Clock = ReturnType<typeof createClock>

/** Returns how instants, in RFC 3339, are shown in a time zone and a language, and which instants belong to its days. */
export function createClock({ timeZone }: Pick<Config, 'timeZone'>, words: Words) {
  const two = '2-digit'
  // Making a formatter takes far longer than using it.
  const local = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two, hour: two, minute: two, second: two }
  })
  const zoneName = (locale: string, style: 'short' | 'shortOffset') => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: style })
    return () => partsOf(format, new Date()).timeZoneName ?? ''
  }
  const shortNames = SHORT_NAMES[words.language].map((locale) => zoneName(locale, 'short'))
  const offset = zoneName('en', 'shortOffset')

  function partsAt(instant: string | number) {
    const { year = '', month = '', day = '', hour, minute, second } = partsOf(local, new Date(instant))
    const clock = `${hour}:${minute}`
    return { year: year.padStart(4, '0'), month, day, clock, precise: `${clock}:${second}` }
  }

  function dateAt(instant: string | number): string {
    const { year, month, day } = partsAt(instant)
    return `${year}-${month}-${day}`
  }

  /** Returns the first instant that a calendar day of the zone has, or the first after it, in milliseconds. */
  function border(date: string, isReached: (day: string) => boolean): number {
    const midnight = Date.parse(date)
    // By bisection, because a day can begin at another time than midnight, and have 23 or 25 hours.
    let [before, after] = [midnight - FARTHEST, midnight + 2 * FARTHEST]
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (isReached(dateAt(middle))) after = middle
      else before = middle
    }
    return after
  }

  return {
    /** Returns `1 Jan 2024, 11:24`, as the language writes it. */
    minute(instant: string): string {
      const { year, month, day, clock } = partsAt(instant)
      return words.moment(year, month, day, clock)
    },

    /** Returns the same with the second. */
    second(instant: string): string {
      const { year, month, day, precise } = partsAt(instant)
      return words.moment(year, month, day, precise)
    },

    /** Returns `11:24`. */
    timeOfDay: (instant: string) => partsAt(instant).clock,

    /** Returns the date of today, for the name of a file. */
    today: () => dateAt(fromNow()),

    /** Returns the first and the last instant of a day `YYYY-MM-DD`. */
    day(date: string): { first: string; last: string } {
      const first = border(date, (day) => day >= date)
      const next = border(date, (day) => day > date)
      return {
        first: formatInstant(Math.max(first, FIRST_INSTANT)),
        last: formatInstant(Math.min(next - 1, LAST_INSTANT))
      }
    },

    /** Returns the name of the zone, and how it is written now, in short: `CET, UTC+1`; nothing for UTC. */
    zone(): { name: string; short: string } {
      if (timeZone === 'UTC') return { name: timeZone, short: '' }
      const short = shortNames.map((name) => name()).find((name) => !/^GMT[+-]/.test(name))
      const distance = offset().replace('GMT', 'UTC')
      return { name: timeZone, short: short ? `${short}, ${distance}` : distance }
    }
  }
}

function partsOf(format: Intl.DateTimeFormat, at: Date): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
}
