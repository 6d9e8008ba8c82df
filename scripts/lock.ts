// After `npm install` has rewritten the lock file: marks the packages that ship their binary, so that npm does not start
// node-gyp for them. npm forgets to write this down, and `npm ci` would then ask for Python on machines that have none.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SHIP_THEIR_BINARY = ['node_modules/better-sqlite3']

const file = join(import.meta.dirname, '../package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
for (const path of SHIP_THEIR_BINARY) lock.packages[path].gypfile = false
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
