// Runs the tests of copies, one after another. Each has a process of its own, into which tap preloads nothing: what the tests
// start must run as it does for the owner of the copy.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const env = { ...process.env, TAP_TIMEOUT: '1500' } // seconds
const FILES = ['docs.ts', 'fleet.ts', 'every-kind.ts', 'upgrade.ts', 'without-example.ts', 'without-pages.ts']

for (const file of FILES) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], { env, stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
