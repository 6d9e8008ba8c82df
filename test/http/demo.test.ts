// The demo as a process of its own, on either engine.

import t from 'tap'
import { demoAccounts } from '../../src/demo.ts'
import { emptyDatabase, eventually } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startServer } from '../support/process.ts'
import { login } from '../support/production.ts'

t.test('the demo prints its address and its accounts, and these can log in', async (t) => {
  const env = { DATABASE_URL: await emptyDatabase(t), DEMO: 'true' }
  const server = await startServer(t, env, { cwd: temporaryFolder(t) })
  for (const { username, password, role } of demoAccounts) {
    const line = `${username} / ${password}   (role ${role})`
    t.ok(await eventually(() => server.output().includes(line) || undefined), line)
    t.match(await login(server.url, { username, password }), { access_token: String, refresh_token: String })
  }
  t.match(server.output(), `The demo is running at ${server.url}`)
})
