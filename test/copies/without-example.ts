// Without the example the project is complete, and a place to start from.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute, startServer } from '../support/process.ts'
import { commit, copy, lint, run, runTests } from './copy.ts'

const WORDS = 'patients?|appointments?|clinic|categories|api/(measure|category)'

/**
 * The tests of what the removal changes: routes, documents, the name. The others contain no word of the example, and do the
 * same with it or without. Only the migrations differ between the engines.
 */
const CHANGED = [
  ...['openapi/', 'client/', 'fuzz/', 'roles/', 'resources/', 'http/methods', 'http/demo'],
  ...['auth/passwords', 'auth/password-changes', 'auth/forged-tokens', 'browser/docs-page'],
  ...['generator/files', 'generator/invalid-requests', 'project/client-package', 'project/configuration'],
  ...['project/deployment-files', 'project/documentation', 'project/generated-migrations', 'project/layout'],
  'project/without-pages'
]

t.test('without the example no trace of it is left, and the tests pass', async (t) => {
  const folder = await copy(t)
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/demo.db'), 'the database of the demo')
  await run(t, folder, 'npm', 'run', 'remove-example', '--', '--name', 'ward-server')
  t.equal(readFileSync(join(folder, 'data/clinic.db'), 'utf8'), 'the database of the demo', 'it was moved')
  await commit(t, folder)
  const words = await execute('git', ['grep', '-iwE', WORDS], { cwd: folder })
  t.equal(words.output, '', 'no file mentions it')
  await lint(t, folder)
  await runTests(t, folder, ['database/migrations', ...CHANGED.map((part) => `${part}@sqlite`)])

  await t.test('the demo starts, under the new name', async (t) => {
    const env = { DEMO: 'true', DATABASE_URL: `file:${folder}/data/demo.db` }
    const server = await startServer(t, env, { root: folder })
    const login = await fetch(`${server.url}/api/auth/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'client', password: '123456' })
    })
    t.equal(login.status, 200)
    t.match(await (await fetch(`${server.url}/openapi.json`)).json(), { info: { title: 'ward-server' } })
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0)
  })

  await t.test('the first resource is added, and one that only refers to it', async (t) => {
    const add = (name: string, fields: string) =>
      run(t, folder, 'npm', 'run', 'new', '--', name, '--fields', fields, '--roles', 'user')
    await add('visit', 'reason:text(200) owner:ref(user)')
    await commit(t, folder)
    await add('transfer', 'from:ref(visit) to:ref(visit, cascade)?')
    await runTests(t, folder, ['resources/visit', 'resources/transfer'])
  })
})
