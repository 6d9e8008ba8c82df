// Tables of the measurements, for the terminal and for BENCHMARKS.md.

import type { Footprint } from './footprint.ts'
import type { Round } from './measure.ts'

/** The rounds of both servers under one work. */
export interface Comparison {
  work: string
  setup: string
  connections: number
  bare: Round[]
  full: Round[]
}

/** The middle of the sorted numbers. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}

const COLUMNS = [
  'work',
  'engine',
  'connections',
  'CPU µs, bare',
  'CPU µs, full',
  'ratio of CPU, bare / full',
  'requests/s, full',
  'ratio of requests/s, full / bare',
  'refused'
]

/** Returns the table of the comparisons. */
export function comparisonTable(comparisons: Comparison[]): string {
  const rows = comparisons.map(({ work, setup, connections, bare, full }) => [
    work,
    setup,
    String(connections),
    rounded(median(bare.map(({ cpu }) => cpu))),
    rounded(median(full.map(({ cpu }) => cpu))),
    spread(full.map(({ cpu }, round) => (bare[round]?.cpu ?? 0) / cpu)),
    rounded(median(full.map(({ rate }) => rate))),
    spread(full.map(({ rate }, round) => rate / (bare[round]?.rate ?? 0))),
    `${rounded(100 * median(full.map(({ refused }) => refused)))} %`
  ])
  return table(COLUMNS, rows)
}

/** Returns the table of the starts and the memory of each setup. */
export function footprintTable(footprints: Map<string, Footprint>): string {
  const columns = ['engine', 'start, ms', 'memory at the start, MiB', 'at rest, MiB', 'after 200,000 requests, MiB']
  const rows = [...footprints].map(([setup, { start, atStart, atRest, afterLoad }]) => [
    setup,
    ...[start, atStart, atRest, afterLoad].map((number) => (number === undefined ? '' : rounded(number)))
  ])
  return table(columns, rows)
}

/** Returns a Markdown table whose columns are aligned, so that it can be read in a terminal as well. */
export function table(columns: string[], rows: string[][]): string {
  const widths = columns.map((column, index) =>
    Math.max(...[column, ...rows.map((row) => row[index] ?? '')].map(width))
  )
  const line = (cells: string[]) => `| ${widths.map((size, index) => (cells[index] ?? '').padEnd(size)).join(' | ')} |`
  return [line(columns), `|${widths.map((size) => '-'.repeat(size + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

function width(text: string): number {
  return [...text].length
}

/** Returns a number with three significant digits, or all those before the point. */
export function rounded(number: number): string {
  if (number >= 100) return Math.round(number).toLocaleString('en')
  return Number(number.toPrecision(3)).toString()
}

function spread(numbers: number[]): string {
  const [middle, low, high] = [median(numbers), Math.min(...numbers), Math.max(...numbers)].map((one) =>
    one.toPrecision(2)
  )
  return `${middle} (${low}–${high})`
}
