// Helpers for tests of migrations.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { engine } from '../../src/config.ts'
import { temporaryFolder } from '../support/folder.ts'

const MIGRATION_FOLDER = join(import.meta.dirname, '../../drizzle', engine)

/** Returns a copy of the folder of migrations with one migration more. */
export function folderWithOneMore(t: Test, statements: string): string {
  const folder = temporaryFolder(t)
  cpSync(MIGRATION_FOLDER, folder, { recursive: true })
  const journal = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8'))
  const last = journal.entries.at(-1)
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: 'more' })
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify(journal))
  writeFileSync(join(folder, 'more.sql'), statements)
  return folder
}
