// A process that runs test files one after another, and the outcome of each.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Parser, type Result } from 'tap-parser'
import type { Suite } from './suites.ts'

// run-area.ts ends a test file that takes too long. These end a process that does not get as far.
const SUITE_TIMEOUT = 330_000 + 1000 * Number(process.env.SOAK_SECONDS ?? 0) // milliseconds
const EXIT_TIMEOUT = 20_000 // milliseconds, after the last suite

/** The last trace of a request whose row is lost. Tests that take the database away provoke thousands. */
const LOST_ROW = /"msg":"access-log row lost"/

export interface Failure {
  /** The title of the test and of what is in it, down to the assertion. */
  title: string
  /** What tap knows about it: the place, a diff, … */
  details: Record<string, unknown>
}

export interface Outcome {
  passed: number
  failures: Failure[]
  /** The titles of tests that were skipped or marked as to do. */
  skipped: string[]
  seconds: number
}

/** Is called when a suite begins and ends. */
export interface Listener {
  begin(suite: Suite): void
  end(suite: Suite, outcome: Outcome): void
}

/** Runs the suites that `next` returns in one process, one after another, until it returns none or the process dies. */
export async function runSuites(env: NodeJS.ProcessEnv, next: () => Suite | undefined, listener: Listener) {
  const script = join(import.meta.dirname, 'run-area.ts')
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!LOST_ROW.test(line)) process.stderr.write(`${line}\n`)
  })
  const kill = () => void child.kill('SIGKILL')
  process.on('exit', kill)
  let suite: Suite | undefined
  let outcome: Outcome = { passed: 0, failures: [], skipped: [], seconds: 0 }
  let began = 0
  let hasFailed = false
  let timer: NodeJS.Timeout | undefined

  function begin(following: Suite): void {
    suite = following
    outcome = { passed: 0, failures: [], skipped: [], seconds: 0 }
    began = Date.now()
    listener.begin(suite)
    child.stdin.write(`${suite.file}\n`)
    killAfter(SUITE_TIMEOUT, 'the process hung')
  }

  function end(): void {
    if (outcome.passed + outcome.failures.length + outcome.skipped.length === 0) fail('it has no tests')
    if (outcome.failures.length > 0) hasFailed = true
    outcome.seconds = (Date.now() - began) / 1000
    if (suite) listener.end(suite, outcome)
  }

  // The last suite ends with its process: what it left open is its failure.
  function goOn(): void {
    const following = next()
    if (following) {
      end()
      begin(following)
    } else {
      child.stdin.end()
      killAfter(EXIT_TIMEOUT, 'a test left something open, and the process went on')
    }
  }

  function fail(title: string): void {
    outcome.failures.push({ title, details: {} })
  }

  function killAfter(milliseconds: number, reason: string): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      fail(`${reason} for ${milliseconds / 1000} s`)
      kill()
    }, milliseconds)
  }

  const parser = new Parser()
  parser.on('pass', () => {
    outcome.passed += 1
  })
  parser.on('fail', (result: Result) => outcome.failures.push({ title: titleOf(result), details: result.diag ?? {} }))
  for (const event of ['skip', 'todo']) parser.on(event, (result: Result) => outcome.skipped.push(titleOf(result)))
  parser.on('extra', (text: string) => process.stderr.write(text))
  parser.on('pragma', goOn) // run-area.ts writes one after each file
  child.stdout.pipe(parser)
  child.stdin.on('error', () => {}) // The process died, as its exit code shows.

  const first = next()
  if (first) begin(first)
  else child.stdin.end()
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  process.off('exit', kill)
  const isExplained = outcome.failures.length > 0 || (hasFailed && !signal)
  if (code !== 0 && !isExplained) fail(`the process ended with ${signal ?? `exit code ${code}`}`)
  end()
}

/** The titles without the name of the file. */
function titleOf({ fullname }: Result): string {
  return fullname.replace(/^\S+\.test\.ts > /, '')
}
