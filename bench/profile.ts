// Shows where the CPU time of a work goes: the functions in which the server spends most of it, on SQLite.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure } from './measure.ts'
import { fillDatabase, ROOT, startEngine, startFull } from './servers.ts'
import { openSession } from './session.ts'
import { rounded, table } from './tables.ts'
import { PATIENTS, type Work } from './works.ts'

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  /** Microseconds before each sample. */
  timeDeltas: number[]
}

const FOLDER = join(ROOT, 'bench-profile')
const SECONDS = 10
const SHOWN = 25

/** Runs the server under the profiler of Node for 10 seconds of load, and prints the table. */
export async function profile(work: Work): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const { env } = await startEngine('SQLite')
  const accounts = await fillDatabase(env, PATIENTS)
  const before = new Set(readdirSync(FOLDER))
  const server = await startFull(env, ['--cpu-prof', `--cpu-prof-dir=${FOLDER}`])
  const session = await openSession(server.url, accounts)
  await measure([{ server, session }], work, { rounds: 1, seconds: SECONDS })
  await server.stop()
  // Workers write profiles as well. Node numbers the threads in the names, and the main thread is 0.
  const [file] = readdirSync(FOLDER).filter((name) => !before.has(name) && /\.0\.\d+\.cpuprofile$/.test(name))
  if (!file) throw new Error('The server wrote no profile')
  console.log(`${work.name}\n\n${hottest(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Profile)}`)
  console.log(`\nOpen bench-profile/${file} in the DevTools of a browser to see the callers.`)
}

/** Returns the table of the functions with the highest self time under load: in the last seconds, without idle time. */
function hottest({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, describe(callFrame)]))
  const times = new Map<string, number>()
  let left = SECONDS * 1e6
  for (let index = samples.length - 1; index >= 0 && left > 0; index--) {
    const name = names.get(samples[index] ?? 0) ?? ''
    const time = timeDeltas[index] ?? 0
    left -= time
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + time)
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  const rows = [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => [`${((100 * time) / total).toFixed(1)} %`, rounded(time / 1000), name])
  return table(['share', 'self time, ms', 'function'], rows)
}

function describe({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)'
  if (url === '') return name
  return `${name} ${url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url}:${lineNumber + 1}`
}
