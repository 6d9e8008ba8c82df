// Removes all records of a subject in one transaction.

import { and, count, getTableName, inArray, notInArray } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database, Transaction } from '../../src/database/db.ts'
import { atomically } from '../../src/database/transactions.ts'
import { referencesBetween, type SubjectTable } from './subject-tables.ts'

/** How many records each table has or had, the tables that refer to others first. */
export type Counts = [table: string, records: number][]

/** Returns how many records of each table belong to the subject. */
export async function countRecords(db: Pick<Transaction, 'select'>, tables: SubjectTable[]): Promise<Counts> {
  const counts: Counts = []
  for (const { name, table, belongs } of tables.toReversed()) {
    const [row] = await db
      .select({ records: count() })
      .from(table as PgTable)
      .where(belongs)
    counts.push([name, row?.records ?? 0])
  }
  return counts
}

/**
 * Returns the names of the tables that have records which refer to records of the subject without belonging to it. They must
 * not be removed with them, and cannot stay without them.
 */
export async function referrersOf(db: Pick<Transaction, 'select'>, tables: SubjectTable[]): Promise<string[]> {
  const names = new Set<string>()
  for (const { from, column, to, target } of referencesBetween(tables.map(({ table }) => table))) {
    const own = tables.find(({ table }) => table === from)
    const referred = tables.find(({ table }) => table === to) as SubjectTable
    const idsOf = ({ table, belongs }: SubjectTable, id = table.id) =>
      db
        .select({ id })
        .from(table as PgTable)
        .where(belongs)
    const isOther = own && notInArray(own.table.id, idsOf(own))
    const rows = await db
      .select({ column })
      .from(from)
      .where(and(inArray(column, idsOf(referred, target)), isOther))
      .limit(1)
    if (rows.length > 0) names.add(getTableName(from))
  }
  return [...names].sort()
}

/** Removes the records and returns how many there were. Throws Referred, and removes nothing, when others refer to them. */
export async function eraseRecords(db: Database, tables: SubjectTable[]): Promise<Counts> {
  return await atomically(db, async (tx) => {
    const referrers = await referrersOf(tx, tables)
    if (referrers.length > 0) throw new Referred(referrers)
    const counts = await countRecords(tx, tables)
    for (const { table, belongs } of tables.toReversed()) await tx.delete(table as PgTable).where(belongs)
    return counts
  })
}

/** Records of these tables refer to those of the subject, and belong to another subject or to none. */
export class Referred extends Error {
  constructor(referrers: string[]) {
    super(
      `Records of ${referrers.join(', ')} refer to records of this subject, and do not belong to it. Nothing was removed. Remove or change them first`
    )
  }
}
