// Without the example the project is as green as with it, and a place to start from.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commit, copy, run } from '../support/copy.ts'
import { execute, startServer } from '../support/process.ts'

t.test('without the example the whole suite is green, and the first resource is added', async (t) => {
  const folder = await copy(t)
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/demo.db'), 'the database of the demo')
  await run(t, folder, 'npm', 'run', 'remove-example', '--', '--name', 'ward-server')
  t.equal(readFileSync(join(folder, 'data/clinic.db'), 'utf8'), 'the database of the demo', 'it is put aside')
  await commit(t, folder)
  const words = await execute('git', ['grep', '-liwE', 'patients?|appointments?|clinic|categories'], { cwd: folder })
  t.equal(words.output, '', 'no file speaks of it any more')
  await run(t, folder, 'npm', 'test')

  const server = await startServer(t, { DEMO: 'true', DATABASE_URL: `file:${folder}/data/demo.db` }, { root: folder })
  const login = await fetch(`${server.url}/api/auth/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'client', password: '123456' })
  })
  t.equal(login.status, 200)
  t.match(await (await fetch(`${server.url}/openapi.json`)).json(), { info: { title: 'ward-server' } })
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)

  const told = ['--fields', 'reason:text(200) owner:ref(user)', '--roles', 'user']
  await run(t, folder, 'npm', 'run', 'new', '--', 'visit', ...told)
  await run(t, folder, 'npm', 'run', 'tap', '--', '--test-arg=visit')
})
