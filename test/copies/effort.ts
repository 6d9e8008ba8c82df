// What the steps of a product take: what one writes by hand, and what the commands write. The README states it in a table.

import { type Snippet, snippetsOf } from './snippets.ts'

export interface Recipe {
  /** As the README says it. */
  step: string
  page: string
  /** The heading of the part to follow, if it is not the whole page. */
  part?: string
}

/** The recipes that make the product, in their order. */
export const RECIPES: Recipe[] = [
  { step: '[vehicles](docs/uploading-files.md) with a photo', page: 'docs/uploading-files.md' },
  { step: '[drivers](docs/ownership.md) with an owner', page: 'docs/ownership.md' },
  { step: '[trips](docs/adding-an-action.md) that start and finish', page: 'docs/adding-an-action.md' },
  { step: '[tags](docs/many-to-many.md) of trips', page: 'docs/many-to-many.md' },
  { step: '[webhooks](docs/sending-webhooks.md) about trips', page: 'docs/sending-webhooks.md' },
  {
    step: '[a page](docs/adding-an-admin-page.md) for a table',
    page: 'docs/adding-an-admin-page.md',
    part: '## A page for your own table'
  }
]

/** Returns the snippets of a recipe, from the docs of a project. */
export function snippetsFor(folder: string, { page, part }: Recipe): Snippet[] {
  return snippetsOf(folder, page, part)
}

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
export function effortOf(step: string, snippets: Snippet[], changed: string[] = []): Effort {
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
