// What `npm run new` is told, made into a resource: its names, and its fields with all that the files say of them.

import { ROLE_NAME } from '../../src/policy-table.ts'
import { Refused } from '../work-tree.ts'
import { isReservedWord, namesOf, pluralOf } from './names.ts'
import { type Parent, parentOf, type Target } from './targets.ts'

export interface Resource {
  /** As in the address and in the names of files: `lab-report`. */
  name: string
  /** In SQL, and as the key of a list: `lab_report`, `lab_reports`. */
  table: string
  list: string
  /** In code: `labReport`, `labReports`, `LabReport`. */
  constant: string
  plugin: string
  type: string
  /** In sentences: `lab report`, `lab reports`. */
  words: string
  manyWords: string
  fields: Field[]
  filters: Field[]
  roles: string[]
  /** The records that must be there before one of these can be, in order. */
  parents: Parent[]
}

export interface Field {
  /** In SQL and JSON; of a reference with `_id` at its end. */
  name: string
  kind: Kind
  nullable: boolean
  /** The longest text, in code points. */
  length?: number
  /** Whom a reference refers to. */
  target?: Target
  cascade?: boolean
  /** What a test calls the id of the record it refers to. */
  parent?: string
}

export type Kind = 'text' | 'integer' | 'real' | 'flag' | 'instant' | 'date' | 'ref'

export const KINDS = `text(<longest>), integer, real, flag, instant, date, ref(<table>), ref(<table>,cascade)`

export interface Told {
  name: string
  /** `reason:text(200) started_at:instant cost:real? owner:ref(user)` */
  fields: string
  roles: string
  /** Names of fields. */
  filters?: string
  plural?: string
}

/** What is there already. */
export interface Project {
  tables: Map<string, Target>
  /** Names of resources, tables and suites, and of files that would be written over. */
  taken: string[]
  /** The words that the files of a resource use themselves, and the titles in the document. */
  reserved: Set<string>
  /** The words of its test, in which its table is named when another refers to it. */
  reservedInTests: Set<string>
}

/** What the function that lists has in scope; see routesFile of files.ts. */
const WORDS_OF_LIST = 'after and app asc db gt limit matches next page request rows'.split(' ')

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const FIELD = /^([a-z][a-z0-9_]*):([a-z]+)(?:\(([^()]*)\))?(\?)?$/
const LONGEST_NAME = 30
const LONGEST_TEXT = 20_000 // a body has at most 100 kB, and a character up to four bytes

/** The resource of what was told. Throws Refused, which names every part that is wrong. */
export function resourceOf(told: Told, project: Project): Resource {
  const problems: string[] = []
  const name = told.name.trim()
  const plural = told.plural?.trim() || pluralOf(name)
  if (!NAME.test(name) || name.length > LONGEST_NAME) {
    throw new Refused(
      `${name || 'the name'}: a resource is named by lower-case words with hyphens between them, at most ${LONGEST_NAME} characters, such as lab-report`
    )
  }
  if (!NAME.test(plural) || plural === name) {
    throw new Refused(`${plural}: the plural must be another name of the same kind; give it with --plural`)
  }
  const names = namesOf(name, plural)
  const { constant, plugin, type } = names
  const words = [constant, plugin, type, `${type}Body`, `${type}Changes`, `${type}List`]
  const used = words.find((word) => project.reserved.has(word) || isReservedWord(word))
  if (project.taken.includes(name)) problems.push(`${name}: exists already`)
  else if (used ?? (project.reservedInTests.has(constant) || constant === plugin)) {
    problems.push(`${name}: the files of a resource use the word ${used ?? constant} themselves; choose another name`)
  }

  const fields: Field[] = []
  for (const text of told.fields.split(/\s+(?![^(]*\))/).filter(Boolean)) {
    const field = fieldOf(text, project.tables)
    if (typeof field === 'string') problems.push(`${text}: ${field}`)
    else if (fields.some((other) => other.name === field.name))
      problems.push(`${text}: the field ${field.name} is there twice`)
    else fields.push(field)
  }
  if (fields.length === 0 && problems.length === 0) problems.push('a resource needs a field, such as name:text(100)')

  const filters = filtersOf(told.filters ?? '', fields, problems)
  for (const { name: field } of filters) {
    const index = `${names.table}_${field}`
    if ([...WORDS_OF_LIST, constant, plugin].includes(field) || isReservedWord(field)) {
      problems.push(`${field}: the list uses this word itself; it cannot be a filter`)
    }
    if (index.length > 60) problems.push(`${field}: its index would have too long a name`)
    if (project.taken.includes(index.replaceAll('_', '-'))) {
      problems.push(`${field}: its index would be named as a table is`)
    }
  }
  const clash = fields.find(({ target }) => target?.constant === plugin)
  if (clash) problems.push(`${plural}: is the name of the table that ${clash.name} refers to; give another --plural`)

  const roles = told.roles.split(/[\s,]+/).filter(Boolean)
  if (roles.length === 0) problems.push('name a role that may call it, such as --roles user')
  for (const role of roles) {
    if (!ROLE_NAME.test(role)) {
      problems.push(`${role}: a role is named by 1 to 32 lower-case letters, digits, - and _, the first a letter`)
    }
  }

  if (problems.length > 0) throw new Refused(problems.join('\n'))
  const parents: Parent[] = []
  for (const field of fields) if (field.target) field.parent = parentOf(field.target, project.tables, parents)
  return { name, ...names, fields, filters, roles: [...new Set(roles)], parents }
}

/** The references, and the fields that are named; what cannot be is added to the problems. */
function filtersOf(named: string, fields: Field[], problems: string[]): Field[] {
  const chosen = named.split(/[\s,]+/).filter(Boolean)
  for (const filter of chosen) {
    const field = fields.find((one) => one.name === filter || one.name === `${filter}_id`)
    if (!field) problems.push(`${filter}: is no field, and cannot be a filter`)
    else if (field.kind === 'real') problems.push(`${filter}: a real number is not looked for by equality`)
  }
  return fields.filter((field) => field.kind === 'ref' || chosen.includes(field.name))
}

function fieldOf(text: string, tables: Project['tables']): Field | string {
  const [, name = '', kind, argument, mark] = FIELD.exec(text) ?? []
  if (name === '' || kind === undefined) {
    return 'is not a field; write name:type in lower case, or name:type? where null is allowed, with spaces between fields'
  }
  if (name.length > LONGEST_NAME) return `a name has at most ${LONGEST_NAME} characters`
  if (['id', 'version', 'constructor', 'then'].includes(name)) return `${name} is taken`
  const nullable = mark !== undefined
  switch (kind) {
    case 'text': {
      const length = Number(argument)
      if (!/^[1-9]\d*$/.test(argument ?? '') || length > LONGEST_TEXT) {
        return `text needs its longest length, from 1 to ${LONGEST_TEXT} characters: text(200)`
      }
      return { name, kind, nullable, length }
    }
    case 'ref': {
      const [table = '', onDelete, ...rest] = (argument ?? '').split(',').map((part) => part.trim())
      if ((onDelete !== undefined && onDelete !== 'cascade') || rest.length > 0) {
        return `write ref(${table}), or ref(${table},cascade) to delete it together with what it refers to`
      }
      const target = tables.get(table)
      const known = [...tables.keys()].sort().join(', ')
      if (!target)
        return `there is no table ${table || 'named'} to refer to (nor can a resource refer to itself); there are ${known}`
      return { name: name.replace(/(_id)?$/, '_id'), kind, nullable, target, cascade: onDelete === 'cascade' }
    }
    case 'integer':
    case 'real':
    case 'flag':
    case 'instant':
    case 'date':
      return argument === undefined ? { name, kind, nullable } : `${kind} takes nothing in parentheses`
    default:
      return `there is no type ${kind}; there are ${KINDS}`
  }
}
