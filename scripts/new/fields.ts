// The fields of a resource, and the code that its files have for a field of each kind.

import { type Code, codeOf, KINDS } from './field-kinds.ts'
import type { Project, Target } from './project.ts'

/** A field with its code, and what it refers to. */
export interface Field extends Code {
  name: string
  kind: string
  nullable: boolean
  /** Its values differ between all records. */
  unique: boolean
  /** The code of the value of a new record whose body has none. */
  byDefault?: string
  target?: Target
  /** It refers to the table of the resource itself. */
  self: boolean
  cascade: boolean
  /** The name under which the record that it refers to is shown, in place of its id. */
  nested?: string
}

const FIELD = /^([a-z][a-z0-9_]*):([a-z]+)(?:\(([^()]*)\))?(\?)?((?::[a-z]+(?:\([^()]*\))?)*)(\?)?$/
const ADDITION = /:([a-z]+)(?:\(([^()]*)\))?/g
const LONGEST_NAME = 30

/**
 * Returns the field that a text such as `cost:real?` or `code:text(20):unique` describes, or what is wrong with the text.
 * `own` is the resource that gets the field.
 */
export function fieldOf(text: string, tables: Project['tables'], own: Target): Field | string {
  const [, name = '', kind = '', argument, mark, additions = '', lastMark] = FIELD.exec(text) ?? []
  if (!name) return 'is not a field; write name:type in lower case, name:type? if it may be null, spaces between fields'
  if (name.length > LONGEST_NAME) return `a name has at most ${LONGEST_NAME} characters`
  if (['id', 'version', 'constructor', 'then'].includes(name)) return `the name ${name} is taken`
  const field = { name, kind, nullable: Boolean(mark ?? lastMark), unique: false, self: false, cascade: false }
  const found = kind === 'ref' ? referenceOf(field, argument, tables, own) : plainField(field, argument)
  return typeof found === 'string' ? found : extended(found, additions)
}

type Named = Pick<Field, 'name' | 'kind' | 'nullable' | 'unique' | 'self' | 'cascade'>

function plainField(field: Named, argument: string | undefined): Field | string {
  const code = codeOf(field.kind, argument, field.nullable)
  if (code === undefined) return `there is no type ${field.kind}; there are ${KINDS}`
  return typeof code === 'string' ? code : { ...field, ...code }
}

function referenceOf(field: Named, argument = '', tables: Project['tables'], own: Target): Field | string {
  const [table = '', ...options] = argument.split(',').map((part) => part.trim())
  if (options.some((option) => !['cascade', 'nested'].includes(option)) || new Set(options).size < options.length) {
    return `write ref(${table}), ref(${table},cascade) to delete it together with the record it refers to, or ref(${table},nested) to show that record in it`
  }
  const self = table === own.name && !tables.has(table)
  const target = self ? own : tables.get(table)
  if (!target) {
    const known = [...tables.keys()].sort().join(', ')
    return `there is no table ${table || 'named'} to refer to; there are ${known}, and that of the resource itself`
  }
  if (self && !field.nullable)
    return 'the first record has no other to refer to, so it must be able to be null: add a ?'
  const [cascade, isNested] = ['cascade', 'nested'].map((option) => options.includes(option))
  if (isNested && !target.schema)
    return `the API has no ${table} that is shown with its own fields only, so it cannot be nested`
  if (isNested && target.hasOwners) return `a ${table} has an owner, but would be shown to all who see this record`
  const id = `${self ? '(): AnyPgColumn' : '()'} => ${target.constant}.id`
  const column = `reference(${id}${cascade ? ", 'cascade'" : ''})`
  const code = { column, sent: 'Id', taken: 'Id', example: self ? 'null' : '1', other: '1', fresh: '' }
  const short = field.name.replace(/_id$/, '')
  const names = { name: `${short}_id`, ...(isNested && { nested: short }) }
  return { ...field, ...code, invalid: `'1', 0, 1.5, 2 ** 31`, ...names, target, self, cascade: cascade === true }
}

/** Returns the field with what follows its type, such as `:unique` and `:default(5)`. */
function extended(field: Field, additions: string): Field | string {
  const all = [...additions.matchAll(ADDITION)].map(([, word = '', argument]) => ({ word, argument }))
  if (new Set(all.map(({ word }) => word)).size < all.length) return 'says the same twice'
  const result = { ...field }
  for (const { word, argument } of all) {
    if (word === 'unique' && argument === undefined) {
      if (field.self || (!field.target && !field.fresh)) return `the type ${field.kind} has too few values to be unique`
      result.unique = true
    } else if (word === 'default' && argument !== undefined) {
      result.byDefault = field.defaultOf?.(argument.trim())
      if (result.byDefault === undefined)
        return `${argument} is no value of the type ${field.kind}, so it cannot be the default`
      if (field.nullable) return 'a field with a default need not be null: leave out the ?'
    } else return `:${word} is not known; there are :unique and :default(<value>)`
  }
  return result.unique && result.byDefault ? 'a unique field cannot have a default' : result
}

/** Returns the imports of the tables that fields refer to. */
export function importsOf(fields: { target?: Target; self?: boolean }[], folder: string): string {
  const lines = fields.map(({ target, self }) => {
    return target && !self && `import { ${target.constant} } from '${folder}${target.file}'\n`
  })
  return [...new Set(lines.filter(Boolean))].join('')
}
