// The fields of a resource, and the code that its files have for a field of each kind.

import type { Project, Target } from './project.ts'

export type Field = Exclude<ReturnType<typeof fieldOf>, string>

const FIELD = /^([a-z][a-z0-9_]*):([a-z]+)(?:\(([^()]*)\))?(\?)?$/
const KINDS = 'text(<longest>), integer, real, flag, instant, date, ref(<table>), ref(<table>,cascade)'
const LONGEST_NAME = 30
const LONGEST_TEXT = 20_000 // a body has at most 100 kB, and a character up to four bytes

/** Writes a number as code: 200, 10_000. */
const GROUPS = new Intl.NumberFormat('en', { useGrouping: 'min2' })
const inCode = (number: number) => GROUPS.format(number).replaceAll(',', '_')

const DAY = '2024-02-29'
/** What is accepted in more forms than it is sent in. */
const TAKEN: Record<string, string> = { Instant: 'AnyInstant', CalendarDate: 'AnyDate' }
/** The kinds without an argument: schema, two valid values, and invalid ones. Their column builders have the same name. */
const SIMPLE: Record<string, [string, string, string, string]> = {
  integer: ['Integer', '3', '-4', `'3', 1.5, 2 ** 31, true`],
  real: ['Double', '72.5', '-0.1', `'72.5', 2 ** 53, true, [1]`],
  flag: ['Flag', 'true', 'false', `'true', 1, []`],
  instant: ['Instant', `'${DAY}T09:30:00Z'`, `'1999-12-31T23:59:59.999Z'`, `'2023-02-29T09:30:00Z', '${DAY}', '', 5`],
  date: ['CalendarDate', `'${DAY}'`, `'1999-12-31'`, `'2023-02-29', '', 5`]
}

/**
 * Returns the field that a text such as `cost:real?` describes, or what is wrong with the text. A field has as code: its
 * column, its schema as it is `sent` in responses and `taken` in bodies, two valid values, and invalid ones.
 */
export function fieldOf(text: string, tables: Project['tables']) {
  const [, name = '', kind = '', argument, mark] = FIELD.exec(text) ?? []
  if (!name) return 'is not a field; write name:type in lower case, name:type? if it may be null, spaces between fields'
  if (name.length > LONGEST_NAME) return `a name has at most ${LONGEST_NAME} characters`
  if (['id', 'version', 'constructor', 'then'].includes(name)) return `the name ${name} is taken`
  const nullable = mark !== undefined
  const field = { name, kind, nullable, column: `${kind}()`, target: undefined as Target | undefined, cascade: false }
  if (kind === 'text') {
    const length = Number(argument)
    if (!/^[1-9]\d*$/.test(argument ?? '') || length > LONGEST_TEXT) {
      return `text needs its longest length, from 1 to ${LONGEST_TEXT} characters: text(200)`
    }
    const sent = `Text(${inCode(length)})`
    const taken = nullable ? sent : `Text(${inCode(length)}, 1)`
    const values = { example: `'${'text'.slice(0, length)}'`, other: length < 5 ? `'x'` : `'other'` }
    const invalid = `5, 'x'.repeat(${inCode(length + 1)}), '\\0'`
    return { ...field, sent, taken, ...values, invalid: nullable ? invalid : `'', ${invalid}` }
  }
  if (kind === 'ref') {
    const [table = '', onDelete = '', ...rest] = (argument ?? '').split(',').map((part) => part.trim())
    const target = tables.get(table)
    if (!['', 'cascade'].includes(onDelete) || rest.length > 0) {
      return `write ref(${table}), or ref(${table},cascade) to delete it together with the record it refers to`
    }
    if (!target) {
      const known = [...tables.keys()].sort().join(', ')
      return `there is no table ${table || 'named'} to refer to (nor can a resource refer to itself); there are ${known}`
    }
    const column = `reference(() => ${target.constant}.id${onDelete && `, 'cascade'`})`
    const code = { column, sent: 'Id', taken: 'Id', example: '1', other: '1', invalid: `'1', 0, 1.5, 2 ** 31` }
    return { ...field, ...code, name: name.replace(/(_id)?$/, '_id'), target, cascade: onDelete !== '' }
  }
  const simple = SIMPLE[kind]
  if (!simple) return `there is no type ${kind}; there are ${KINDS}`
  if (argument !== undefined) return `${kind} takes nothing in parentheses`
  const [sent, example, other, invalid] = simple
  return { ...field, sent, taken: TAKEN[sent] ?? sent, example, other, invalid }
}
