// Migrations are not merged: both sides number theirs alike, and each describes tables without the other's changes. The
// project gets one of its own, generated from the merged tables. What the template wrote by hand is for people to read.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gitIn, lines } from './git.ts'

const BREAK = '--> statement-breakpoint'

/** Returns the migrations that the template has added since `base` with statements that no migration of the project has. */
export function migrationsToRead(folder: string, base: string, target: string): string[] {
  const git = gitIn(folder)
  const migrations = (commit: string) =>
    lines(git('ls-tree', '-r', '--name-only', commit, '--', 'drizzle')).filter((path) => path.endsWith('.sql'))
  const known = new Set(
    [
      ...migrations(base).map((path) => git('show', `${base}:${path}`)),
      ...globSync('drizzle/*/*.sql', { cwd: folder }).map((path) => readFileSync(join(folder, path), 'utf8'))
    ].flatMap(statementsOf)
  )
  return migrations(target).filter((path) =>
    statementsOf(git('show', `${target}:${path}`)).some((statement) => !known.has(statement))
  )
}

function statementsOf(sql: string): string[] {
  return sql
    .split(BREAK)
    .map((statement) =>
      statement
        .replace(/^\s*--.*$/gm, '')
        .replace(/\s+/g, ' ')
        .replace(/;\s*$/, '')
        .trim()
    )
    .filter(Boolean)
}
