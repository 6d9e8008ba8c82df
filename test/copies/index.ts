// Runs the tests of copies, one after the other, each in a process that nothing has been put into: what they start must run
// as it does for whoever owns the copy.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const env = { ...process.env, TAP_TIMEOUT: '1500' } // seconds, for a whole suite may take minutes
const files = readdirSync(import.meta.dirname).filter((file) => file !== basename(import.meta.filename))

for (const file of files) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], { env, stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
