// What was deleted is not readable in the files of SQLite.

import { statSync } from 'node:fs'
import t from 'tap'
import { cleanUp } from '../../plugins/scheduler/clean-up.ts'
import { build, engine } from '../support/app.ts'
import { execute, startServer } from '../support/process.ts'
import { login, production } from '../support/production.ts'
import { sqliteFile } from './statements.ts'

const SECRET = 'Zebrafinch'

if (engine === 'sqlite') {
  t.test('after the clean-up, no file has a deleted record [L17]', async (t) => {
    const { db, env, signIn } = await build(t)
    const caller = await signIn('user')
    const names = Array.from({ length: 50 }, (_, index) => `${SECRET} ${index}`)
    const ids = await Promise.all(names.map(async (name) => (await caller.post('/api/sample/', { name })).json().id))
    await caller.put(`/api/sample/${ids[0]}`, { name: 'replaced' })
    t.ok(await isInFiles(env))
    for (const id of ids) t.equal((await caller.delete(`/api/sample/${id}`)).statusCode, 200)
    t.ok(await isInFiles(env), 'the log still has it')
    await cleanUp(db)
    t.notOk(await isInFiles(env))
  })

  t.test(
    'after the server has stopped, there is no log beside the file, even if another process uses it [L17]',
    async (t) => {
      const { env, account } = await production(t) // keeps the file open
      const server = await startServer(t, env)
      await login(server.url, account)
      server.child.kill('SIGTERM')
      t.equal(await server.exit, 0)
      t.equal(statSync(`${sqliteFile(env)}-wal`).size, 0)
    }
  )
}

// In another process: closing the file here would end the locks of SQLite.
async function isInFiles(env: Record<string, string>): Promise<boolean> {
  const { code } = await execute('grep', ['-q', SECRET, ...['', '-wal'].map((suffix) => sqliteFile(env) + suffix)])
  return code === 0
}
