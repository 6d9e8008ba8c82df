// The kinds of fields that do not refer to other records, and the code for each.

/** The code of a field: its column, its schema in responses and in bodies, and values for examples and tests. */
export interface Code {
  column: string
  sent: string
  taken: string
  /** Two different valid values. */
  example: string
  other: string
  /** Values that the server rejects. */
  invalid: string
  /** A value that no other record of a test has; empty if the field has too few values. */
  fresh: string
  /** The values of a choice. */
  choices?: string[]
  /** Returns the code of a default, or undefined if this text is not a valid value. */
  defaultOf?(text: string): string | undefined
}

export const KINDS =
  'text(<longest>), integer, integer(<from>..<to>), integer(<from>..), real, real(<from>..<to>), flag, instant, date, ' +
  'choice(<value>|<value>), email, url, ref(<table>), ref(<table>,cascade), ref(<table>,nested), many(<table>)'

const LONGEST_TEXT = 20_000 // a body has at most 100 kB, and a character up to four bytes
/** The shortest length of a unique text: the values of the tests need it. */
const SHORTEST_UNIQUE = 8
const MOST_CHOICES = 20
const CHOICE = /^[a-z][a-z0-9_-]{0,29}$/
const [FIRST_INTEGER, LAST_INTEGER] = [-(2 ** 31), 2 ** 31 - 1]
/** A range with fewer values has too few for a unique field of the tests. */
const UNIQUE_RANGE = 10_000

/** Writes a number as code: 200, 10_000. */
const GROUPS = new Intl.NumberFormat('en', { useGrouping: 'min2', maximumFractionDigits: 20 })
const inCode = (number: number) => GROUPS.format(number).replaceAll(',', '_')

const DAY = '2024-02-29'
const INSTANTS = `'2023-02-29T09:30:00Z', '${DAY}', '', 5`
const RANGE = /^\s*(\S+?)\s*\.\.\s*(\S*?)\s*$/
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/
const plain = { fresh: '' }

/** The kinds without an argument. Their column builders have the same name, except for those of texts. */
const SIMPLE: Record<string, Code> = {
  flag: {
    ...{ column: 'flag()', sent: 'Flag', taken: 'Flag', example: 'true', other: 'false', invalid: `'true', 1, []` },
    ...plain,
    defaultOf: (text) => (/^(true|false)$/.test(text) ? text : undefined)
  },
  instant: {
    ...{ column: 'instant()', sent: 'Instant', taken: 'AnyInstant', invalid: INSTANTS, fresh: 'freshInstant()' },
    ...{ example: `'${DAY}T09:30:00Z'`, other: `'1999-12-31T23:59:59.999Z'` }
  },
  date: {
    ...{
      column: 'date()',
      sent: 'CalendarDate',
      taken: 'AnyDate',
      invalid: `'2023-02-29', '', 5`,
      fresh: 'freshDate()'
    },
    ...{ example: `'${DAY}'`, other: `'1999-12-31'` }
  },
  email: {
    ...{ column: 'text()', sent: 'Email', taken: 'Email', invalid: `'', 'ada', 'ada@', 'a b@example.org', 5` },
    ...{ example: `'ada@example.org'`, other: `'grace@example.org'`, fresh: 'freshEmail()' }
  },
  url: {
    ...{
      column: 'text()',
      sent: 'Url',
      taken: 'Url',
      invalid: `'', 'example.org', 'javascript:alert(1)', 'http://', 5`
    },
    ...{ example: `'https://example.org/'`, other: `'http://example.org/a?b=c'`, fresh: 'freshUrl()' }
  }
}

/** Returns the code of a field, or what is wrong with its argument; undefined if there is no such kind. */
export function codeOf(kind: string, argument: string | undefined, nullable: boolean): Code | string | undefined {
  if (kind === 'text') return textOf(argument, nullable)
  if (kind === 'integer' || kind === 'real') return numberOf(kind, argument)
  if (kind === 'choice') return choiceOf(argument)
  const code = Object.hasOwn(SIMPLE, kind) ? SIMPLE[kind] : undefined
  return code && argument !== undefined ? `${kind} takes nothing in parentheses` : code
}

function textOf(argument = '', nullable: boolean): Code | string {
  const length = Number(argument)
  if (!/^[1-9]\d*$/.test(argument) || length > LONGEST_TEXT) {
    return `text needs its longest length, from 1 to ${LONGEST_TEXT} characters: text(200)`
  }
  const sent = `Text(${inCode(length)})`
  const invalid = `5, 'x'.repeat(${inCode(length + 1)}), '\\0'`
  return {
    ...{ column: 'text()', sent, taken: nullable ? sent : `Text(${inCode(length)}, 1)` },
    ...{ example: `'${'text'.slice(0, length)}'`, other: length < 5 ? `'x'` : `'other'` },
    invalid: nullable ? invalid : `'', ${invalid}`,
    fresh: length < SHORTEST_UNIQUE ? '' : 'freshText()',
    defaultOf: (text) => (text.length <= length && /^[\w .-]+$/.test(text) ? `'${text}'` : undefined)
  }
}

function numberOf(kind: 'integer' | 'real', argument: string | undefined): Code | string {
  const whole = kind === 'integer'
  const [first, last] = whole ? [FIRST_INTEGER, LAST_INTEGER] : [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  const [, from = '', to = ''] = RANGE.exec(argument ?? '') ?? []
  const [min, max] = [from === '' ? first : Number(from), to === '' ? last : Number(to)]
  const fits = (text: string) =>
    NUMBER.test(text) && (!whole || !text.includes('.')) && Number(text) >= min && Number(text) <= max
  if (argument !== undefined && (!fits(from) || (to !== '' && !fits(to)) || min >= max || max > last)) {
    return `write the smallest and the largest value, or only the smallest: ${kind}(1..60), ${kind}(0..)`
  }
  const limits = to === '' ? inCode(min) : `${inCode(min)}, ${inCode(max)}`
  const schema = `${whole ? 'Integer' : 'Double'}${from === '' ? '' : `From(${limits})`}`
  const types = whole ? `'3', 1.5, true` : `'72.5', true, [1]`
  const beyond = whole ? '2 ** 31' : '2 ** 53'
  const below = from === '' ? [] : [inCode(min - 1)]
  return {
    ...{ column: `${kind}()`, sent: schema, taken: schema },
    ...(from === ''
      ? { example: whole ? '3' : '72.5', other: whole ? '-4' : '-0.1' }
      : { example: inCode(min), other: inCode(to === '' ? min + 1 : max) }),
    invalid: [types, to === '' ? beyond : inCode(max + 1), ...below].join(', '),
    fresh: whole && max - Math.max(min, 0) >= UNIQUE_RANGE ? `${min > 0 ? `${inCode(min)} + ` : ''}freshNumber()` : '',
    defaultOf: (text) => (fits(text) ? inCode(Number(text)) : undefined)
  }
}

function choiceOf(argument = ''): Code | string {
  const choices = argument.split('|').map((choice) => choice.trim())
  const isValid = choices.every((choice) => CHOICE.test(choice)) && new Set(choices).size === choices.length
  if (!isValid || choices.length < 2 || choices.length > MOST_CHOICES) {
    return `a choice has from 2 to ${MOST_CHOICES} values of at most 30 lower-case letters, digits, - and _: choice(open|closed)`
  }
  const [example, other] = choices.map((choice) => `'${choice}'`) as [string, string]
  return {
    ...{ column: `choice(${choices.map((choice) => `'${choice}'`).join(', ')})`, sent: '', taken: '' },
    ...{ example, other, invalid: `'', '-', ${example.toUpperCase()}, 5`, choices },
    ...plain,
    defaultOf: (text) => (choices.includes(text) ? `'${text}'` : undefined)
  }
}
