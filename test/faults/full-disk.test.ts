// The disk of a SQLite database is full. A limit of the size of files stands for it: the operating system rejects writes
// beyond it in the same way, and it can be lifted while the server runs.

import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { engine, eventually, logRows } from '../support/app.ts'
import { startServer } from '../support/process.ts'
import { get, login, production, rotate, type Tokens } from '../support/production.ts'

if (engine === 'sqlite') {
  t.test('a full disk gives 503 without data, and the server recovers when there is space [Q3, E5]', async (t) => {
    const { env, account, db } = await production(t)
    const file = env.DATABASE_URL.replace('file:', '')
    const server = await startServer(t, env)
    let tokens = await login(server.url, account)
    const before = (await logRows(db)).length

    limitFiles(server.child.pid, statSync(`${file}-wal`).size)
    for (let count = 0; count < 20; count++) t.equal(await rotate(server.url, tokens), undefined)
    const read = await get(server.url, '/api/auth/', tokens.refresh_token)
    t.equal(read.status, 503, 'a read whose row cannot be written is withheld')
    t.equal(read.headers.get('retry-after'), '1')
    t.notMatch(await read.text(), /token"/)
    t.equal((await fetch(`${server.url}/health/live`)).status, 200)
    t.equal((await fetch(`${server.url}/health/ready`)).status, 503)
    t.equal((await logRows(db)).length, before, 'nothing was stored in parts')

    limitFiles(server.child.pid, 'unlimited')
    await eventually(async () => (await fetch(`${server.url}/health/ready`)).status === 200 || undefined)
    tokens = (await rotate(server.url, tokens)) as Tokens
    t.equal((await get(server.url, '/api/auth/', tokens.refresh_token)).status, 200)
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0)
    const connection = new Sqlite(file, { readonly: true })
    t.equal(connection.pragma('integrity_check', { simple: true }), 'ok')
    connection.close()
  })
}

/** Sets how many bytes a file that a process writes may have. The soft limit only, so that it can be lifted again. */
function limitFiles(pid: number | undefined, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}
