// What a server takes besides time per request: its start, its memory, and the size of its installation.

import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { hash, verify } from '@node-rs/argon2'
import { residentMemory, send, type Target } from './measure.ts'
import { ROOT, type Server, startFull } from './servers.ts'
import { median } from './tables.ts'
import { getOne } from './works.ts'

export interface Footprint {
  /** Milliseconds from the start of the process to its first answer. */
  start: number
  /** Resident memory in MiB: at the first answer, at rest, and after the load. */
  atStart: number
  atRest?: number
  afterLoad?: number
}

const STARTS = 5
const REST = 5_000 // milliseconds
const LOAD = 200_000 // requests
const HASHES = 20

/** Starts the server of a migrated database five times. */
export async function measureStart(env: Record<string, string>): Promise<Footprint> {
  const starts = []
  for (let count = 0; count < STARTS; count++) {
    const server = await startFull(env)
    starts.push({ start: server.startTime, memory: residentMemory(server.pid) })
    await server.stop()
  }
  return { start: median(starts.map(({ start }) => start)), atStart: median(starts.map(({ memory }) => memory)) }
}

/** Returns the resident memory of a server that has just started, some seconds later, in MiB. */
export async function memoryAtRest({ pid }: Server): Promise<number> {
  await delay(REST)
  return residentMemory(pid)
}

/** Returns the resident memory of a server after 200,000 requests, in MiB. */
export async function memoryAfterLoad(target: Target): Promise<number> {
  await send(target, { connections: 32, requests: getOne }, LOAD)
  return residentMemory(target.server.pid)
}

/** Returns the CPU microseconds that checking a password takes with the server's default costs. */
export async function measureArgon2(): Promise<number> {
  const stored = await hash('a password', { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 })
  const times = []
  for (let count = 0; count < HASHES; count++) {
    const before = process.cpuUsage()
    await verify(stored, 'a password')
    const { user, system } = process.cpuUsage(before)
    times.push(user + system)
  }
  return median(times)
}

/** Returns how many packages an installation for production has, and their size in MiB. */
export function measureInstallation(): { packages: number; size: number } {
  // npm fails when a package is left over or has another version than expected. It lists all packages nevertheless.
  const { stdout } = spawnSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: ROOT, encoding: 'utf8' })
  const listed = stdout.split('\n').filter((folder) => folder.includes('node_modules') && existsSync(folder))
  const folders = [...new Set(listed)]
  if (folders.length === 0) throw new Error('npm ls lists no packages')
  const bytes = folders.reduce((sum, folder) => sum + sizeOf(folder), 0)
  return { packages: folders.length, size: bytes / 2 ** 20 }
}

// The packages inside a package are listed themselves.
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'node_modules') return sum
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? sizeOf(path) : lstatSync(path).size)
  }, 0)
}
