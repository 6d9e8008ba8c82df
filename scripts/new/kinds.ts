// What the files of a resource say of a field, by its kind.

import type { Field } from './resource.ts'

/** What the files say of a field of each kind. */
export const KINDS = {
  text: {
    column: () => 'text()',
    given: ({ length }: Field) => `Text(${digits(length)})`,
    taken: ({ length, nullable }: Field) => (nullable ? `Text(${digits(length)})` : `Text(${digits(length)}, 1)`),
    example: ({ length }: Field) => `'${'text'.slice(0, length)}'`,
    other: ({ length = 0 }: Field) => (length < 5 ? `'x'` : `'other'`),
    wrong: ({ length = 0, nullable }: Field) => [...(nullable ? [] : [`''`]), '5', `'x'.repeat(${length + 1})`, `'\\0'`]
  },
  integer: {
    column: () => 'integer()',
    given: () => 'Integer',
    taken: () => 'Integer',
    example: () => '3',
    other: () => '-4',
    wrong: () => [`'3'`, '1.5', '2 ** 31', 'true']
  },
  real: {
    column: () => 'real()',
    given: () => 'Double',
    taken: () => 'Double',
    example: () => '72.5',
    other: () => '-0.1',
    wrong: () => [`'72.5'`, '2 ** 53', 'true', '[1]']
  },
  flag: {
    column: () => 'flag()',
    given: () => 'Flag',
    taken: () => 'Flag',
    example: () => 'true',
    other: () => 'false',
    wrong: () => [`'true'`, '1', '[]']
  },
  instant: {
    column: () => 'instant()',
    given: () => 'Instant',
    taken: () => 'Instant',
    example: () => `'2024-02-29T09:30:00Z'`,
    other: () => `'1999-12-31T23:59:59.999Z'`,
    wrong: () => [`'2023-02-30T00:00:00Z'`, `'2024-02-29'`, `''`, '5']
  },
  date: {
    column: () => 'date()',
    given: () => 'CalendarDate',
    taken: () => 'CalendarDate',
    example: () => `'2024-02-29'`,
    other: () => `'1999-12-31'`,
    wrong: () => [`'2023-02-29'`, `''`, '5']
  },
  ref: {
    column: ({ target, cascade }: Field) => `reference(() => ${target?.constant}.id${cascade ? `, 'cascade'` : ''})`,
    given: () => 'Id',
    taken: () => 'Id',
    example: () => '1',
    other: () => '1',
    wrong: () => [`'1'`, '0', '1.5', '2 ** 31']
  }
} satisfies Record<Field['kind'], Record<string, (field: Field) => string | string[]>>

/** From five digits on in groups of three. */
function digits(number = 0): string {
  return number < 10_000 ? String(number) : number.toLocaleString('en').replaceAll(',', '_')
}
