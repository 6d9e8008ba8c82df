// The test of a resource: its data, for the contract of every resource.

import { type Field, importsOf } from './fields.ts'
import type { Target } from './project.ts'
import type { Resource } from './resource.ts'

/** Returns the file. */
export function testFile(resource: Resource): string {
  const { name, list, titles, filters, ranges, sort, unique, roles, owner } = resource
  // The contract itself tests owners, and references to records of the same kind.
  const self = resource.fields.filter((field) => field.self)
  const fields = resource.fields.filter((field) => !field.self && field !== owner)
  const fresh = new Set(unique.flatMap((group) => freshOf(group.filter((field) => field !== owner)) ?? []))
  const example = (field: Field) => (fresh.has(field) ? field.fresh : field.example)
  const parent = (target: Target) => `await addRecord(db, ${target.constant})`
  const body = fields.map((field) => `${field.name}: ${field.target ? parent(field.target) : example(field)}`)
  const own = fields.filter(({ target }) => !target)
  const first = own.find((field) => !fresh.has(field)) ?? own[0]
  const changed = own.filter((field) => field === first || filters.includes(field))
  const changes = changed.map((field) => `${field.name}: ${fresh.has(field) ? field.fresh : field.other}`)
  const references = fields.flatMap(({ name, target }) => (target ? [[name, target.address]] : []))
  const names = (list: Field[]) => list.map((field) => field.name)
  const lists = {
    nullable: names(fields.filter(({ nullable }) => nullable)),
    defaults: fields.flatMap(({ name, byDefault }) => (byDefault ? `${name}: ${byDefault}` : [])),
    filters: names(filters.filter((field) => !field.self && field !== owner)),
    unique: unique.map(names),
    ranges: names(ranges),
    sort: names(sort),
    references: Object.fromEntries(references),
    deletedWith: names(resource.fields.filter((field) => field.cascade && field !== owner)),
    self: names(self),
    nested: Object.fromEntries(fields.flatMap(({ name, nested }) => (nested ? [[nested, name]] : [])))
  }
  const many = resource.links.map(({ list, field, target: { address, constant } }) => {
    return `${list}: { field: '${field}', address: '${address}', add: ({ db }) => addRecord(db, ${constant}) }`
  })
  const used = Object.entries(lists).filter(([, list]) => Object.keys(list).length > 0)
  const code = used.map(([option, list]) => {
    return `, ${option}: ${option === 'defaults' ? `{ ${lists.defaults} }` : JSON.stringify(list)}`
  })
  return `// The ${titles}: their data, for the contract of every resource.

import t from 'tap'
${importsOf([...fields, ...resource.links], '../../src/tables/')}import { addRecord } from '../support/add-record.ts'
import { freshDate, freshEmail, freshInstant, freshNumber, freshText, freshUrl } from '../support/fresh-values.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/${name}/',
  list: '${list}',
  roles: ${JSON.stringify(roles)},
  body: ${references.length > 0 ? 'async ({ db }) =>' : '() =>'} ({ ${body} }),
  changes: ${changed.some((field) => fresh.has(field)) ? `() => ({ ${changes} })` : `{ ${changes} }`},
  invalid: { ${fields.map((field) => `${field.name}: [${field.invalid}]`)} }
  ${code.join('')}${many.length > 0 ? `, many: { ${many} }` : ''}
})
`
}

/** Returns the field that makes a group of unique fields differ in the tests, unless each record refers to another one. */
function freshOf(group: Field[]): Field | undefined {
  return group.some(({ target, self }) => target && !self) ? undefined : group.find(({ fresh }) => fresh)
}
