// The clock of a running server jumps.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { logRows } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startServer, toolVariables } from '../support/process.ts'
import { get, login, production, rotate } from '../support/production.ts'

const DAY = 24 * 3600_000
const CLOCK = pathToFileURL(join(import.meta.dirname, 'clock.ts')).href

t.test('tokens end when the clock jumps ahead, and live no longer when it jumps back [Q13]', async (t) => {
  const { env, account, db } = await production(t)
  const file = join(temporaryFolder(t), 'clock')
  const jump = (milliseconds: number) => writeFileSync(file, String(milliseconds))
  jump(0)
  const options = `${toolVariables().NODE_OPTIONS ?? ''} --import ${CLOCK}`
  const server = await startServer(t, { ...env, NODE_OPTIONS: options, NODE_TEST_CLOCK: file })
  const read = async (token: string) => {
    const response = await get(server.url, '/api/auth/', token)
    return [response.status, ((await response.json()) as { msg?: string }).msg]
  }
  const first = await login(server.url, account)

  jump(40 * DAY)
  t.strictSame(await read(first.refresh_token), [401, 'Token has expired'])
  const ahead = await login(server.url, account)
  t.equal((await read(ahead.refresh_token))[0], 200)
  t.equal((await fetch(`${server.url}/health/ready`)).status, 200)

  jump(-3 * 3600_000)
  t.equal((await read(first.refresh_token))[0], 200, 'a token is accepted by a clock that is behind')
  const behind = await login(server.url, account)
  t.ok(await rotate(server.url, behind))

  jump(0)
  t.equal((await read(behind.refresh_token))[0] === 500, false)
  t.equal((await fetch(`${server.url}/health/ready`)).status, 200)
  const rows = await logRows(db)
  t.ok(
    rows.every(({ duration_ms }) => duration_ms >= 0),
    'no duration is negative'
  )
  t.strictSame(
    rows.map(({ id }) => id),
    rows.map(({ id }) => id).sort((a, b) => a - b)
  )
  t.notMatch(server.output(), /"level":(50|60)/)
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
})
