// What a test run prints: a line for each suite, and at the end every failure and the command that repeats it.

import { stringify } from 'yaml'
import type { Suite } from './suites.ts'
import type { Failure, Listener, Outcome } from './test-process.ts'

/** The program `tap`, which runs all tests for `npm run coverage`, reads the lines as TAP. */
const isTap = process.env.TAP === '1'
/** What tap adds to a failure and no reader needs. */
const NOISE = ['at', 'source', 'stack', 'compare', 'tapCaught', 'test']
/** At most as many lines are printed of a failure. */
const LINES = 60
const isTerminal = process.stdout.isTTY && !isTap

/** The report of a run of so many suites. `summarize` ends it, and returns whether all passed. */
export function createReport(count: number): Listener & { summarize(): boolean } {
  const began = Date.now()
  const running = new Set<Suite>()
  const failed = new Map<Suite, Failure[]>()
  let done = 0
  let passed = 0
  if (isTap) console.log(`TAP version 14\n1..${count}`)

  return {
    begin(suite) {
      running.add(suite)
      clearRunning()
      showRunning(running)
    },
    end(suite, outcome) {
      running.delete(suite)
      done += 1
      passed += outcome.passed
      if (outcome.failures.length > 0) failed.set(suite, outcome.failures)
      clearRunning()
      console.log(isTap ? tapLine(done, suite, outcome) : `${done}/${count} ${line(suite, outcome)}`)
      for (const title of outcome.skipped) print(`  skipped: ${title}`)
      showRunning(running)
    },
    summarize() {
      clearRunning()
      for (const [suite, failures] of failed) print(describeFailures(suite, failures))
      if (failed.size > 0) print(`\nTo run only what failed:\n${commandFor([...failed.keys()])}`)
      print(`\n${done} of ${count} suites in ${Math.round((Date.now() - began) / 1000)} s`)
      print(`${passed} passed, ${[...failed.values()].flat().length} failed`)
      return failed.size === 0 && done === count
    }
  }
}

function line({ name }: Suite, { failures, seconds }: Outcome): string {
  return `${failures.length > 0 ? 'FAILED ' : ''}${name} ${seconds.toFixed(1)} s`
}

function tapLine(number: number, { name }: Suite, { failures, seconds }: Outcome): string {
  return `${failures.length > 0 ? 'not ok' : 'ok'} ${number} - ${name} # time=${seconds * 1000}ms`
}

function describeFailures({ name }: Suite, failures: Failure[]): string {
  const blocks = failures.map(({ title, details }) => [`  ${title}`, ...describeDetails(details)].join('\n      '))
  return [`\nFAILED ${name}`, ...blocks].join('\n')
}

/** The place and the difference of an assertion; in brief, what else is known, such as the cause of an error. */
function describeDetails({ at, stack, diff, ...rest }: Failure['details']): string[] {
  const place = isRecord(at) ? `${at.fileName}:${at.lineNumber}:${at.columnNumber}` : ''
  const places = place.includes('node_modules')
    ? linesOf(stack).filter((line) => !/node_modules|node:/.test(line))
    : [place]
  const more = withoutNoise(rest)
  const lines = [...linesOf(diff), ...(Object.keys(more).length > 0 ? linesOf(stringify(more)) : [])]
  return [
    ...places.filter(Boolean).map((one) => `at ${one}`),
    ...lines.slice(0, LINES),
    ...(lines.length > LINES ? ['…'] : [])
  ]
}

function withoutNoise(details: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(details).filter(([key]) => !NOISE.includes(key))
  return Object.fromEntries(entries.map(([key, value]) => [key, isRecord(value) ? withoutNoise(value) : value]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function linesOf(text: unknown): string[] {
  return typeof text === 'string' ? text.trimEnd().split('\n') : []
}

/** Runs these suites, on the engines on which they failed. */
function commandFor(suites: Suite[]): string {
  const files = Map.groupBy(suites, ({ file }) => file)
  const parts = [...files].map(([file, [one, ...more]]) => (more.length > 0 ? file : `${file}@${one?.engine}`))
  return `npm run tap -- ${parts.map((part) => `--test-arg=${part}`).join(' ')}`
}

/** Prints what is not TAP; in TAP it is a comment. */
function print(text: string): void {
  console.log(isTap ? text.replace(/^/gm, '# ') : text)
}

function showRunning(suites: Set<Suite>): void {
  if (!isTerminal || suites.size === 0) return
  const line = `running: ${[...suites].map(({ name }) => name).join(', ')}`
  process.stdout.write(line.slice(0, (process.stdout.columns || 80) - 1))
}

function clearRunning(): void {
  if (isTerminal) process.stdout.write('\r\x1b[K')
}
