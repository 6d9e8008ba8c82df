// Run after `npm install`, which rewrites the lock file: `npm run lock` restores what npm cannot know, so that `npm ci` is
// quiet and needs no compiler on any machine.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// These packages contain their binary. Without this mark npm runs node-gyp for them, which needs Python.
const WITH_BINARY = ['node_modules/better-sqlite3']

const file = join(import.meta.dirname, '../package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
for (const path of WITH_BINARY) lock.packages[path].gypfile = false

// All scripts run on the Node of this lock file. npm would compare `engines` with the Node that npm itself runs on, and
// warn on an older one although nothing but npm runs there.
for (const locked of Object.values<{ engines?: unknown }>(lock.packages)) delete locked.engines

writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
