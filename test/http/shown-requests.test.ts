// `npm run dev` shows each request in the terminal. No other way to start the server does.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { emptyDatabase, eventually } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Started, startServer } from '../support/process.ts'
import { get, login, production } from '../support/production.ts'

const FLAG = '--show-requests'
const CREDENTIALS = { username: 'client', password: '123456' }

t.test(
  'a line for each request says method, path, status, time and user, and no query or control character',
  async (t) => {
    const server = await startDemo(t, [FLAG])
    const { access_token } = await login(server.url, CREDENTIALS)
    await get(server.url, '/api/auth/nothing?secret=1', access_token)
    await get(server.url, '/%1B[2J/\u{1F600}', access_token)
    const shown = (line: RegExp) => eventually(() => line.test(server.output()) || undefined)
    t.ok(await shown(/^POST \/api\/auth\/ 200 \d+ ms client$/m))
    t.ok(await shown(/^GET \/api\/auth\/nothing 404 \d+ ms \w+$/m))
    t.ok(await shown(/^GET \/%1B\[2J\/%F0%9F%98%80 404 \d+ ms \w+$/m))
    t.notMatch(server.output(), 'secret')
  }
)

t.test('neither the demo nor a production server shows requests', async (t) => {
  const { env } = await production(t)
  for (const server of [await startDemo(t, []), await startServer(t, env, { args: [FLAG] })]) {
    await login(server.url, CREDENTIALS)
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0)
    t.notMatch(server.output(), '/api/auth/')
  }
})

t.test('npm run dev is the command that shows them', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  const showing = Object.keys(scripts).filter((name) => scripts[name].includes(FLAG))
  t.strictSame(showing, ['dev'])
})

async function startDemo(t: Test, args: string[]): Promise<Started> {
  const env = { DATABASE_URL: await emptyDatabase(t), DEMO: 'true' }
  return await startServer(t, env, { cwd: temporaryFolder(t), args })
}
