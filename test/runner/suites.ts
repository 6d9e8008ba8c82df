// The test files, by area: an area is a folder of test/.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** The tests of these areas do not depend on the engine. They run once, on SQLite. */
const ONCE = ['browser', 'generator', 'openapi', 'project']

/** The slow tests of this area run only when they are asked for: `npm run test:faults`. */
const ON_REQUEST = 'faults'

/** A test file on one of the engines. */
export interface Suite {
  /** From the root of the project, such as test/auth/rotation.test.ts. */
  file: string
  engine: 'sqlite' | 'postgres'
  /** Such as "auth/rotation (postgres)". */
  name: string
  /** An estimate of how long it takes, compared to others. */
  weight: number
}

/** An area on one engine. */
export interface Area {
  engine: Suite['engine']
  /** The suites that no process has begun. */
  waiting: Suite[]
  /** How many processes work on it. */
  processes: number
}

/** All areas with their suites, or with those whose `file@engine` contains one of `parts`. */
export function findAreas(parts: string[]): Area[] {
  return [...filesByArea()].flatMap(([area, files]) => {
    const engines: Suite['engine'][] = ONCE.includes(area) ? ['sqlite'] : ['sqlite', 'postgres']
    return engines.map((engine) => ({
      engine,
      waiting: files
        .filter((file) =>
          parts.length === 0 ? area !== ON_REQUEST : parts.some((part) => `${file}@${engine}`.includes(part))
        )
        .map((file) => describeSuite(file, engine, engines.length === 1)),
      processes: 0
    }))
  })
}

/** The names of all areas. */
export function areaNames(): string[] {
  return [...filesByArea().keys()]
}

function filesByArea(): Map<string, string[]> {
  return Map.groupBy(globSync('test/**/*.test.ts', { cwd: ROOT }).sort(), (file) => file.split('/')[1] ?? '')
}

function describeSuite(file: string, engine: Suite['engine'], isOnce: boolean): Suite {
  const path = file.replace(/^test\/|\.test\.ts$/g, '')
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n').length
  // A line of a suite that runs once takes longest: it starts a browser, a compiler or a server.
  return { file, engine, name: isOnce ? path : `${path} (${engine})`, weight: isOnce ? 10 * lines : lines }
}
