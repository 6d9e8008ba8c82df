// A row that cannot be written leaves a line on standard error, whatever happens to the process log.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { eventually, execute } from '../support/app.ts'
import { freePort } from '../support/net.ts'
import { toolVariables } from '../support/process.ts'
import { login, production, send } from '../support/production.ts'

const SERVER = join(import.meta.dirname, '../../src/server.ts')

t.test('a lost row is reported with user, method and path, although the process log is full [L2, E9]', async (t) => {
  const { env, account, db } = await production(t)
  const port = await freePort()
  const child = spawn(process.execPath, [SERVER], {
    env: { ...toolVariables(), ...env, PORT: String(port), LOG_LEVEL: 'silent' },
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const url = `http://127.0.0.1:${port}`
  await eventually(() => fetch(`${url}/health/live`).catch(() => undefined))
  const { access_token } = await login(url, account)

  await execute(db, 'alter table access_log rename to access_log_away')
  const change = { old_password: account.password, new_password: 'seven quiet lakes' }
  const response = await send(url, 'PUT', '/api/auth/password?secret=planted', change, access_token)
  t.equal(response.status, 503)
  await eventually(() => errors.includes('\n') || undefined)
  const [line = ''] = errors.split('\n')
  t.match(JSON.parse(line), {
    level: 50,
    msg: 'access-log row lost',
    username: account.username,
    method: 'PUT',
    path: '/api/auth/password',
    reqId: response.headers.get('x-request-id')
  })
  for (const secret of [access_token, account.password, 'seven quiet lakes', 'planted'])
    t.notOk(errors.includes(secret))
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})
