// Turns what the user asked for into a resource: its names, fields, filters and roles.

import { ROLE_NAME } from '../../plugins/roles/policy.ts'
import { InvalidRequest } from '../work-tree.ts'
import { type Field, fieldOf } from './fields.ts'
import { conflictOf, isLink, type Link, linkOf } from './links.ts'
import { camel, capitalized, namesOf, pluralOf } from './names.ts'
import type { Project } from './project.ts'

/** The arguments of the command: `fields` such as 'cost:real? owner:ref(user)'; names of roles and of fields. */
export type Request = {
  name: string
  fields: string
  roles: string
  filters?: string
  plural?: string
  subject?: string
  owner?: string
  all?: string
}

export type Resource = ReturnType<typeof resourceOf>

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const LONGEST_NAME = 30
const LONGEST_INDEX = 60
const UNIQUE = /^unique\(([^()]*)\)$/
/** The parameters of every list; see src/lists.ts. */
const PARAMETERS = ['after', 'before', 'count', 'limit', 'q', 'sort']
/** The kinds of fields that can be limited to a range. */
const RANGES = ['date', 'instant', 'integer', 'real']
/** The longest text that a list is sorted by, and searched in. */
const LONGEST_SORTED = 200

/** A resource cannot show its own records in others before it exists. */
const NO_SCHEMA = { schema: undefined, example: undefined, columns: [], hasOwners: false }

/** Returns the resource. Throws InvalidRequest, which names everything that is wrong with the request. */
export function resourceOf(request: Request, project: Project) {
  const { tables, taken, reserved } = project
  const name = request.name.trim()
  const plural = request.plural?.trim() || pluralOf(name)
  if (!NAME.test(name) || name.length > LONGEST_NAME) {
    const rule = `lower-case words with hyphens between them, at most ${LONGEST_NAME} characters, such as lab-report`
    throw new InvalidRequest(`${name || 'the name'}: a resource is named by ${rule}`)
  }
  if (!NAME.test(plural) || plural === name) {
    throw new InvalidRequest(`${plural}: the plural must be another name of the same form; give it with --plural`)
  }
  const problems: string[] = []
  const reject = (what: string, why: string) => problems.push(`${what}: ${why}`)
  const names = namesOf(name, plural)
  const { constant, plugin, type } = names
  const words = [constant, plugin, type, `${type}Body`, `${type}Changes`, `${type}List`]
  const used = words.find((word) => reserved.has(word)) ?? (constant === plugin && plugin)
  if (taken.includes(name)) reject(name, 'exists already')
  else if (used) reject(name, `the files of a resource already use the word ${used}; choose another name`)

  const fields: Field[] = []
  const own = { name: names.table, constant, file: '', address: `/api/${name}/`, ...NO_SCHEMA }
  const items = request.fields.split(/\s+(?![^(]*\))/).filter(Boolean)
  for (const text of items.filter((item) => !UNIQUE.test(item) && !isLink(item))) {
    const field = fieldOf(text, tables, own)
    if (typeof field === 'string') reject(text, field)
    else {
      const shown = fields.flatMap((other) => [other.name, other.nested])
      const twice = [field.name, field.nested].find((one) => one && shown.includes(one))
      if (twice) reject(text, `the field ${twice} is there twice`)
      else fields.push(field)
    }
    if (typeof field === 'string' || !field.choices) continue
    field.sent = field.taken = `${type}${capitalized(camel(field.name))}`
    const isUsed = reserved.has(field.sent) || words.includes(field.sent)
    if (isUsed) reject(text, `the files of a resource already use the word ${field.sent}; choose another name`)
  }
  if (fields.length === 0 && problems.length === 0) problems.push('a resource needs a field, such as name:text(100)')

  const chosen = wordsOf(request.filters)
  for (const filter of chosen) {
    const field = fields.find((one) => one.name === filter || one.name === `${filter}_id`)
    if (!field) reject(filter, 'is not a field, so it cannot be a filter')
    else if (field.kind === 'real') reject(filter, 'a real number cannot be a filter, because it is rarely equal')
  }
  const filters = fields.filter((field) => field.target || chosen.includes(field.name))
  const ranges = fields.filter(({ kind }) => RANGES.includes(kind))
  const searched = fields.find(({ kind, sent }) => kind === 'text' && lengthOf(sent) <= LONGEST_SORTED)
  const sort = fields.filter((field) => field === searched || ranges.includes(field))
  const limits = ranges.flatMap((field) => [`${field.name}_from`, `${field.name}_to`])
  for (const { name: filter, target } of filters) {
    if ([...PARAMETERS, ...limits].includes(filter)) reject(filter, 'lists have a parameter of this name already')
    if (target?.constant === plugin) reject(plural, `${filter} refers to the table of this name; give another --plural`)
  }
  for (const { name: indexed } of new Set([...filters, ...sort])) {
    const index = `${names.table}_${indexed}`
    if (index.length > LONGEST_INDEX) reject(indexed, 'the name of its index would be too long')
    if (taken.includes(index.replaceAll('_', '-'))) reject(indexed, 'its index would have the name of a table')
  }

  const owner = ownerOf(request, fields)
  if (typeof owner === 'string') reject(request.owner ?? '--all', owner)
  const ownerField = typeof owner === 'string' ? undefined : owner
  if (ownerField && [constant, plugin].includes('owner')) reject(name, 'the code of an owner uses this word')

  const unique = fields.filter((field) => field.unique).map((field) => [field])
  for (const text of items.filter((item) => UNIQUE.test(item))) {
    const group = together(text, fields, ownerField)
    if (typeof group === 'string') {
      reject(text, group)
      continue
    }
    unique.push(group)
    const index = `${names.table}_${group.map((field) => field.name).join('_')}`
    if (index.length > LONGEST_INDEX) reject(text, 'the name of its index would be too long')
    if (taken.includes(index.replaceAll('_', '-'))) reject(text, 'its index would have the name of a table')
  }

  if (ownerField && unique.some((group) => !group.includes(ownerField))) {
    const example = `unique(${ownerField.name},${fields.find((field) => field.fresh)?.name ?? 'name'})`
    reject('unique', `it would tell callers what records of other owners hold; write ${example}`)
  }

  const subject = request.subject?.trim() || 'none'
  const toSubject = fields.find(({ target, self }) => target?.name === subject && !self)
  if (subject !== 'none' && subject !== names.table && !toSubject) {
    reject(subject, `no field refers to it, so it cannot be the subject; give ref(${subject}), ${names.table} or none`)
  }

  const links: Link[] = []
  for (const text of items.filter(isLink)) {
    const link = linkOf(text, project, names)
    const traced = [ownerField, toSubject]
    const parameters = [...PARAMETERS, ...limits, ...links.map(({ field }) => field)]
    const problem = typeof link === 'string' ? link : conflictOf(link, fields, parameters, traced)
    if (problem) reject(text, problem)
    else links.push(link as Link)
  }

  const all = wordsOf(request.all)
  const roles = new Set(wordsOf(request.roles))
  if (all.length > 0 && [...roles].every((role) => all.includes(role))) reject('--all', 'it must not have every role')
  for (const role of all) roles.add(role)
  if (roles.size === 0) problems.push('name a role that may call it, such as --roles user')
  for (const role of [...roles].filter((role) => !ROLE_NAME.test(role)))
    reject(role, 'a role is named by 1 to 32 lower-case letters, digits, - and _, the first a letter')

  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'))
  return {
    ...names,
    fields,
    filters,
    ranges,
    sort,
    searched,
    unique,
    links,
    owner: ownerField,
    all,
    roles: [...roles],
    subject,
    toSubject
  }
}

/** Returns the field with the owner of a record, undefined if it has none, or what is wrong with it. */
function ownerOf({ owner, all }: Request, fields: Field[]): Field | string | undefined {
  if (!owner) return all ? 'name the field with the owner: --owner driver' : undefined
  const field = fields.find(({ name }) => name === owner || name === `${owner}_id`)
  if (field?.target?.name !== 'user')
    return `is not a field that refers to an account; add ${owner}:ref(user) to the fields`
  if (field.nullable || field.unique) return 'a record needs an owner, who can have several: leave out ? and :unique'
  return field
}

/** Returns the fields of a text such as `unique(room,day)`, or what is wrong with it. */
function together(text: string, fields: Field[], owner: Field | undefined): Field[] | string {
  const wanted = wordsOf(UNIQUE.exec(text)?.[1])
  const found = wanted.flatMap((word) => fields.find(({ name }) => name === word || name === `${word}_id`) ?? word)
  const unknown = found.find((field) => typeof field === 'string')
  if (unknown) return `${unknown} is not a field`
  const group = found as Field[]
  if (group.length < 2 || new Set(group).size < group.length) return 'name at least two fields: unique(room,day)'
  if (group.some(({ kind }) => kind === 'real')) return 'a real number is rarely equal, so it cannot be unique'
  const isVaried = group.some((field) => field.fresh || (field.target && !field.self && field !== owner))
  return isVaried ? group : 'these fields together have too few values to be unique'
}

function wordsOf(text = ''): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** Returns the longest length that the schema of a text allows. */
function lengthOf(schema: string): number {
  return Number(schema.replace(/\D/g, ''))
}
