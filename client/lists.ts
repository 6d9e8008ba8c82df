// The records of a list, slice by slice.

import { answerOf } from './errors.ts'
import type { paths } from './schema.ts'

/** The paths of lists, which have the parameter `after`. */
export type ListPath = {
  [Path in keyof paths]: [QueryOf<Path>] extends [never] ? never : Path
}[keyof paths]
/** A record of a list. */
export type RecordOf<Path extends keyof paths> = Extract<SliceOf<Path>[keyof SliceOf<Path>], unknown[]>[number]

type QueryOf<Path extends keyof paths> = paths[Path]['get'] extends { parameters: { query?: infer Query } }
  ? Extract<Query, { after?: unknown }>
  : never
type SliceOf<Path extends keyof paths> = paths[Path]['get'] extends {
  responses: { 200: { content: { 'application/json': infer Slice } } }
}
  ? Slice
  : never

type Cursor = number | string
interface Options {
  params?: { query?: { after?: Cursor; before?: Cursor } }
}
type Get = (path: string, options: Options) => Promise<{ data?: object; error?: unknown; response: Response }>

/**
 * Yields the records of a list. Reads the next slice when the one before has been used up. With `before` and without `after`,
 * yields them backwards. Throws ApiError.
 */
export async function* eachRecord(get: Get, path: string, { params, ...options }: Options = {}) {
  const query = { ...params?.query }
  const cursor = query.before !== undefined && query.after === undefined ? 'before' : 'after'
  for (;;) {
    const slice = await answerOf(get(path, { ...options, params: { ...params, query } }))
    const records: unknown[] = Object.values(slice).find(Array.isArray) ?? []
    yield* cursor === 'before' ? records.reverse() : records
    const { next } = slice as { next?: Cursor | null }
    if (next === undefined || next === null) return
    query[cursor] = next
  }
}
