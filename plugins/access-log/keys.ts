// What rows of the access log can be found by. The index has each key once for each block of rows, not for each row, so it is
// small, and filling it costs little. A search reads the blocks that have all its keys.

import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { listValue, rowsOfList } from '../../src/database/expressions.ts'
import { access_log_index } from '../../src/tables/access-log.ts'
import type { NumberedRow } from './row.ts'

/** How many ids a block has. */
export const BLOCK = 1_000

/** Returns the number of the block that a row is in. */
export const blockOf = (id: number) => Math.floor(id / BLOCK)

/** Returns the lowest and the highest id of a block. */
export const idsOf = (block: number) => ({ low: block * BLOCK, high: block * BLOCK + BLOCK - 1 })

/** The key of each thing that a search can ask for. */
export const keys = {
  user: (name: string) => `user:${name}`,
  address: (address: string) => `address:${address}`,
  method: (method: string) => `method:${method}`,
  route: (route: string) => `route:${route}`,
  action: (action: string) => `action:${action}`,
  outcome: (outcome: string) => `outcome:${outcome}`,
  /** Requests to a route that did not succeed. */
  unsuccessful: (route: string) => `unsuccessful:${route}`,
  /** The hour of an instant. */
  hour: (time: string) => `hour:${time.slice(0, 13)}`,
  changesOnPages: 'changes on pages',
  /** `subject` is `table:id`. */
  subject: (subject: string) => `subject:${subject}`
}

/** Whether a row is a change by somebody who was signed in to the pages. */
const isChangeOnPages = ({ credential, action }: NumberedRow) => credential?.startsWith('session') && action !== 'read'

/** Returns the keys of a row. */
export function keysOf(row: NumberedRow): string[] {
  const { outcome, route, action, subjects } = row
  const found = [keys.user(row.username), keys.address(row.address), keys.method(row.method), keys.hour(row.time)]
  if (route) found.push(keys.route(route))
  if (action) found.push(keys.action(action))
  if (outcome) found.push(keys.outcome(outcome))
  if (outcome && outcome !== 'success') found.push(keys.outcome('unsuccessful'), keys.unsuccessful(route ?? ''))
  if (isChangeOnPages(row)) found.push(keys.changesOnPages)
  if (subjects) for (const subject of subjects.trim().split(' ')) found.push(keys.subject(subject))
  return found
}

/** Returns a function that adds the keys of rows to the index. */
export function createIndexer(db: Database): (rows: NumberedRow[]) => Promise<void> {
  // The keys that the newest block has already: most rows add nothing new.
  let newest = { block: -1, keys: new Set<string>() }

  return async (rows) => {
    for (const [block, inBlock] of Map.groupBy(rows, ({ id }) => blockOf(id))) {
      const known = block === newest.block ? newest.keys : new Set<string>()
      const added = new Set<string>()
      for (const row of inBlock) for (const key of keysOf(row)) if (!known.has(key)) added.add(key)
      if (added.size === 0) continue
      const list = rowsOfList(sql.param(listValue([...added])))
      await db
        .insert(access_log_index)
        .select(sql`select value, ${sql.raw(String(block))} from ${list} where true`)
        .onConflictDoNothing()
      if (block > newest.block) newest = { block, keys: added }
      else if (block === newest.block) for (const key of added) known.add(key)
    }
  }
}
