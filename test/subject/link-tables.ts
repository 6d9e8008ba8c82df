// Tables of this area's tests: links of parts, which belong to the sample of their part, and mentions of links, which belong
// to nobody.

import { engine } from '../../src/config.ts'
import { id, reference, table } from '../../src/database/columns.ts'
import type { Database } from '../../src/database/db.ts'
import { part } from '../support/part/table.ts'
import { execute } from '../support/resources.ts'

export const link = table('link', {
  id: id(),
  part_id: reference(() => part.id, 'cascade').notNull(),
  other_part_id: reference(() => part.id, 'cascade')
})

export const mention = table('mention', {
  id: id(),
  link_id: reference(() => link.id, 'cascade').notNull()
})

const ID =
  engine === 'postgres' ? 'id integer primary key generated always as identity' : 'id integer primary key autoincrement'

/** Adds the tables to a database that has none of them. */
export async function createLinkTables(db: Database): Promise<void> {
  const refers = (table: string) => `integer references ${table} (id) on delete cascade`
  await execute(
    db,
    `create table if not exists link (${ID}, part_id ${refers('part')}, other_part_id ${refers('part')})`
  )
  await execute(db, `create table if not exists mention (${ID}, link_id ${refers('link')})`)
}
