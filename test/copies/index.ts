// Runs the tests of copies, one after another. Each has a process of its own, into which tap preloads nothing: what the tests
// start must run as it does for the owner of the copy.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const env = { ...process.env, TAP_TIMEOUT: '1500' } // seconds
const files = readdirSync(import.meta.dirname).filter((file) => file !== basename(import.meta.filename))

for (const file of files) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], { env, stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
