// Sends load to a server and measures what it costs: CPU time of the server process per request, and requests per second.
// Every round sends a fixed number of requests and waits for all responses, so no CPU time is spent on uncounted requests.

import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import type { Server } from './servers.ts'
import type { Session } from './session.ts'

/** A kind of request. `requests` returns what a connection sends, over and over. */
export interface Load {
  connections: number
  requests(session: Session, connection: number, connections: number): autocannon.Request[]
}

/** A server, and who calls it. */
export interface Target {
  server: Server
  session: Session
}

/** What one round measured. */
export interface Round {
  /** CPU microseconds per successful request. */
  cpu: number
  /** Successful requests per second. */
  rate: number
  /** The share of requests that were refused with 503. */
  refused: number
}

export interface Duration {
  rounds: number
  seconds: number
}

/** A clock tick of /proc/<pid>/stat in microseconds. */
const TICK = 10_000
const FIRST_AMOUNT = 4 // requests per connection

/** Measures several servers in turns, so that a busy machine slows all of them alike. Returns the rounds of each. */
export async function measure(targets: Target[], load: Load, { rounds, seconds }: Duration): Promise<Round[][]> {
  const measured = []
  for (const target of targets)
    measured.push({ target, amount: await warmUp(target, load, seconds), rounds: [] as Round[] })
  for (let round = 0; round < rounds; round++) {
    for (const { target, amount, rounds } of measured) rounds.push((await send(target, load, amount)).round)
  }
  return measured.map(({ rounds }) => rounds)
}

/** Sends load until a run takes long enough to measure, and returns how many requests a round of `seconds` needs. */
async function warmUp(target: Target, load: Load, seconds: number): Promise<number> {
  for (let amount = FIRST_AMOUNT * load.connections; ; ) {
    const { elapsed } = await send(target, load, amount)
    const needed = Math.max(Math.ceil((amount * seconds) / elapsed), load.connections)
    if (elapsed > seconds / 2) return needed
    amount = Math.min(needed, amount * 10)
  }
}

/** Sends `amount` requests. Throws when one of them fails in another way than by 503. Returns the measurements, and how many seconds it took. */
export async function send({ server, session }: Target, load: Load, amount: number) {
  let connection = 0
  let started = 0
  let ended = 0
  const before = cpuTime(server.pid)
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options: autocannon.Options = {
      url: server.url,
      connections: load.connections,
      amount,
      sampleInt: 50, // autocannon looks this often, in milliseconds, whether all responses are there
      setupClient: (client) => client.setRequests(load.requests(session, connection++, load.connections))
    }
    const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
    run.on('start', () => {
      started = performance.now()
    })
    run.on('response', () => {
      ended = performance.now()
    })
  })
  const cpu = cpuTime(server.pid) - before
  const elapsed = (ended - started) / 1000
  const refused = result.statusCodeStats?.['503']?.count ?? 0 // more arrive than the server lets wait
  const succeeded = amount - refused
  requireSuccess(result, succeeded)
  return { round: { cpu: cpu / succeeded, rate: succeeded / elapsed, refused: refused / amount }, elapsed }
}

// The figures of a run with failures would be wrong: a failure often costs less than a success.
function requireSuccess(result: autocannon.Result, expected: number): void {
  if (result['2xx'] === expected && result.errors === 0) return
  const statuses = JSON.stringify(result.statusCodeStats)
  throw new Error(
    `Only ${result['2xx']} of ${expected} requests succeeded: ${result.errors} errors, statuses ${statuses}`
  )
}

/** Returns the CPU time of a process since its start, user and system, in microseconds. */
function cpuTime(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/)
  const [user, system] = fields.split(' ').slice(11, 13).map(Number)
  return ((user ?? 0) + (system ?? 0)) * TICK
}

/** Returns the resident memory of a process in MiB. */
export function residentMemory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
