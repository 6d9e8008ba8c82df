// Folders for tests.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A folder that goes with the test. */
export function temporaryFolder(t: Test, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'rest-server-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
