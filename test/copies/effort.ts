// What the steps of a product take: what one writes by hand, and what the commands write. The README states it in a table.

import type { Snippet } from './snippets.ts'

export interface Effort {
  step: string
  /** How many commands one types. */
  commands: number
  /** How many lines one writes by hand, how many of them are tests, and in how many files. Of a change, the new lines count. */
  lines: number
  tests: number
  files: number
  /** How many other files the commands write or change, if that is counted. */
  generated?: number
}

export const HEADER = '| step | commands | lines by hand | of these, tests | files by hand | files from commands |'

/** Returns what it takes to follow these snippets, after which these files are new or have changed. */
export function effortOf(step: string, snippets: Snippet[], changed: string[]): Effort {
  const commands = snippets.filter(({ kind }) => kind === 'sh').map(({ text }) => text.split('\n').length - 1)
  const written = snippets.filter(({ kind }) => kind !== 'sh')
  const files = new Set(written.map(({ path }) => path))
  return {
    step,
    commands: commands.reduce((sum, count) => sum + count, 0),
    lines: linesOf(written),
    tests: linesOf(written.filter(({ path }) => path.startsWith('test/'))),
    files: files.size,
    generated: changed.filter((file) => !files.has(file)).length
  }
}

function linesOf(snippets: Snippet[]): number {
  const lines = snippets.flatMap(({ kind, text }) => {
    return text.split('\n').filter((line) => line !== '' && (kind !== 'diff' || line.startsWith('+')))
  })
  return lines.length
}

/** Returns the table of all steps, in Markdown. */
export function tableOf(steps: Effort[]): string {
  const sum = (part: keyof Omit<Effort, 'step'>) => steps.reduce((sum, step) => sum + (step[part] ?? 0), 0)
  const [commands, lines, tests, files] = [sum('commands'), sum('lines'), sum('tests'), sum('files')]
  const total = { step: 'all', commands, lines, tests, files, generated: sum('generated') }
  const rows = [...steps, total].map(({ step, commands, lines, tests, files, generated = '' }) => {
    return `| ${[step, commands, lines, tests, files, generated].join(' | ')} |`
  })
  return [HEADER, HEADER.replace(/[^|]+/g, '---'), ...rows, ''].join('\n')
}
