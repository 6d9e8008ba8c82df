// Lists of other records that a record has: many-to-many.

import type { Field } from './fields.ts'
import { camel, LANGUAGE, pascal, pluralOf, singularOf } from './names.ts'
import type { Project, Target } from './project.ts'

/** The records of a table that a record has, such as the tags of a trip. The examples are of `tags:many(tag)`. */
export interface Link {
  list: string // tags: the key of the list
  one: string // tag
  field: string // tag_id: in the table of pairs, and in addresses
  constant: string // tags, in code
  /** The table of pairs, `trip_tag`, and its constant. */
  table: string
  pair: string
  /** The plugin with the routes, `tripTags`, and the schema of the list. */
  plugin: string
  type: string
  /** The function that returns the condition that a record has this one: withTag. */
  condition: string
  target: Target & { schema: string }
}

/** The words that the routes of a link use, besides those of every resource. */
const WORDS = ['exists', 'inArray', 'pairOf', 'requireBoth', 'visible', 'Visible', 'found', 'params', 'position']
const MANY = /^([a-z][a-z0-9_]*):many(?:\(([^()]*)\))?(.*)$/
const LONGEST_NAME = 30
const LONGEST_TABLE = 50

/** Whether a text such as `tags:many(tag)` describes a list of other records. */
export const isLink = (text: string) => MANY.test(text)

/** Returns the list that a text describes, or what is wrong with it. `own` are the names of the resource that gets it. */
export function linkOf(
  text: string,
  { tables, taken, reserved }: Project,
  own: { name: string; table: string; constant: string; plugin: string; type: string }
): Link | string {
  const [, list = '', argument = '', rest = ''] = MANY.exec(text) ?? []
  if (rest !== '') return `nothing can follow many(${argument}): a record has any number of them, at first none`
  const known = tables.get(argument.trim())
  if (!known) {
    const shown = [...tables.values()].filter(({ schema }) => schema).map(({ name }) => name)
    return `there is no table ${argument || 'named'} to have many of; there are ${shown.sort().join(', ') || 'none'}`
  }
  const { schema } = known
  if (!schema) return `the API has no ${known.name} that is shown with its own fields only, so no list can show it`
  const target = { ...known, schema }
  const one = pluralOf(target.name) === list ? target.name : singularOf(list)
  if (one === undefined || list.length > LONGEST_NAME) {
    return `name the list in the plural, with an s at its end, and at most ${LONGEST_NAME} characters: tags:many(tag)`
  }
  const table = `${own.table}_${one}`
  const link = {
    ...{ list, one, field: `${one}_id`, constant: camel(list), table, pair: camel(table) },
    ...{ plugin: camel(`${own.table}_${list}`), type: pascal(`${own.table}_${list}`) },
    ...{ condition: `with${pascal(one)}`, target }
  }
  if (link.field === `${own.table}_id` || [own.plugin, target.constant].includes(link.constant))
    return `the name ${list} is taken`
  const used =
    [link.pair, link.plugin, link.type].find((word) => reserved.has(word)) ??
    [link.constant].find((word) => [...WORDS, ...LANGUAGE, 'records'].includes(word)) ??
    [own.constant, own.plugin, own.type, target.constant].find((word) => WORDS.includes(word))
  if (used) return `the files of a resource already use the word ${used}; choose another name`
  if (taken.includes(table.replaceAll('_', '-'))) return `the table ${table} exists already`
  return table.length > LONGEST_TABLE ? `the name of its table would be too long: ${table}` : link
}

/** Returns why the link cannot be together with the fields, or undefined if it can. `traced` are fields with a meaning in lists. */
export function conflictOf(link: Link, fields: Field[], parameters: string[], traced: (Field | undefined)[]) {
  const { list, field, target } = link
  const names = fields.map(({ name }) => name)
  if (names.includes(list)) return `the field ${list} is there twice`
  if ([...names, ...parameters].includes(field)) return `lists have a parameter ${field} already; choose another name`
  // Hooks look for these fields in what is sent, and would find those of the other records.
  const same = traced.find((one) => one && target.columns.includes(one.name))
  return same && `a ${target.name} has the field ${same.name}, too, which means something else; name yours differently`
}
