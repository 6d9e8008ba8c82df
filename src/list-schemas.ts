// The schemas of lists: which slice a client asks for, and what it gets.

import { type TArray, type TSchema, Type } from '@sinclair/typebox'
import { PATTERNS } from './formats.ts'
import { Id, MAX_ID, Nullable, Strict } from './schemas.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000
/** A cursor holds a text of 500 characters, each of which can need six in JSON. */
const MAX_CURSOR = 4500

/** The query of a list: which slice of it, and the filters. */
export const SliceQuery = <Filters extends Parameters<typeof Type.Object>[0]>(filters: Filters) =>
  Strict({
    limit: Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      format: 'int32',
      description: 'The maximum number of records in this slice of the list.'
    }),
    after: Type.Optional({ ...Id, description: 'The `next` of the previous slice.' }),
    before: Type.Optional({
      ...Id,
      description:
        'Without `after`, the list is read backwards from this id, and `next` is the next `before`. With it, the list ends before this id.'
    }),
    ...filters
  })

/** The cursor of a list as a client sends it. It arrives as text, because in an address everything is. */
export const Cursor = Type.Unsafe<string>({
  anyOf: [{ type: 'string', format: 'cursor', maxLength: MAX_CURSOR }, Id],
  description: 'The `next` of the previous slice of the same list.',
  examples: [1]
})

const Next = Type.Unsafe<number | string | null>({
  anyOf: [Nullable(Id), { type: 'string', pattern: PATTERNS.cursor, maxLength: MAX_CURSOR }],
  description:
    'Send it as `after` to get the next slice, or as `before` when the list is read backwards. An id, or a text when the list is sorted. Null in the last slice.',
  examples: [null]
})

const Count = Nullable({
  ...Type.Integer({ minimum: 0, maximum: MAX_ID, format: 'int32', examples: [1] }),
  description:
    'With `count=true`: how many records the whole list has. Null when that would take long: several conditions, or a search, that each find more than 5,000 records.'
})

/** One slice of a list. Takes the schema of the records under the name that they have in the response. */
export const ListOf = <Records extends { [name: string]: TSchema }>(records: Records, title: string) => {
  const [[name, record]] = Object.entries(records) as [[keyof Records & string, Records[keyof Records]]]
  const slice = { [name]: Type.Array(record, { maxItems: MAX_LIMIT }) } as {
    [Name in keyof Records]: TArray<Records[Name]>
  }
  return Type.Object({ ...slice, next: Next, count: Type.Optional(Count) }, { title })
}

/** A list as a response has it. */
export type ListResponse = { [records: string]: unknown; next: number | string | null }

/** The media type of a whole list, a record on each line (https://github.com/ndjson/ndjson-spec). */
export const NDJSON = 'application/x-ndjson'

/** Returns the name that the records have in a list, which `ListOf` has made; undefined for other schemas. */
export function recordsKey(schema: TSchema): string | undefined {
  const properties: { [name: string]: TSchema } = schema.properties ?? {}
  const [first = ''] = Object.keys(properties)
  const isList = properties[first]?.type === 'array' && properties.next !== undefined && properties.count !== undefined
  return isList ? first : undefined
}
