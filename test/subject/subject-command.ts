// Runs `npm run subject` as a process, on a database with samples and their parts.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { build, type TestApp } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { part } from '../support/part/table.ts'
import { toolVariables, withResources } from '../support/process.ts'
import { sample } from '../support/sample/table.ts'

const LINKED = new URL('./linked-app.ts', import.meta.url)
const COMMAND = join(import.meta.dirname, '../../scripts/subject.ts')

/** Returns the server of `build`, a folder, and a function that runs the command there with these arguments and this input. */
export async function buildWithCommand(t: Test) {
  const server = await build(t)
  const cwd = temporaryFolder(t)
  const { DATABASE_URL = '', ACCESS_LOG_KEY = '' } = server.env

  async function command(args: string[], input = '') {
    const env = { ...toolVariables(), ...withResources({ DATABASE_URL, ACCESS_LOG_KEY }, LINKED) }
    const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env })
    child.stdin.on('error', () => {}) // it may end without having read
    child.stdin.end(input)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const [code] = await once(child, 'close')
    return { code, stdout, stderr }
  }
  return { ...server, cwd, command }
}

/** Adds a sample with this many parts, and returns its id. */
export async function addSample({ db }: Pick<TestApp, 'db'>, name: string, parts: number): Promise<number> {
  const [added] = await db.insert(sample).values({ name }).returning()
  const sample_id = added?.id as number
  const values = { sample_id, note: `${name} note`, seen_at: '2024-02-29T09:30:00.120Z', amount: 1.5, done: true }
  for (let first = 0; first < parts; first += 500) {
    const length = Math.min(500, parts - first)
    const rows = Array.from({ length }, (_, index) => ({ ...values, label: `${name} ${first + index}` }))
    await db.insert(part).values(rows)
  }
  return sample_id
}
