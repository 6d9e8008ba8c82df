// The files of the project that are not code, and copies of parts of it.

import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from '../support/folder.ts'

export const ROOT = join(import.meta.dirname, '../..')

/** Secrets that a production server accepts. */
export const SECRETS = {
  SECRET_KEY: '6Zq0mVnJ4b8yRr1tXw3cKd5eUf7gHs9a',
  JWT_SECRET_KEY: 'Qp2oWn4iEm6uRb8yTv0cYx1zUl3kIj5h',
  ACCESS_LOG_KEY: 'Vn3kSd8fJw1qLz6xHb0mTy5rCe9gPa2u'
}

/** Returns the text of a file of the project. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Copies files and folders of the project into another folder. */
export function copyInto(folder: string, paths: string[]): void {
  for (const path of paths) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
}

/** Returns a temporary folder with a copy of these files and folders, and a link to the installed packages. */
export function copyOf(t: Test, paths: string[]): string {
  const folder = temporaryFolder(t)
  copyInto(folder, paths)
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
