// A team that wants the API only deletes the pages: what is left starts and answers as before, without a cookie.

import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from './support/folder.ts'
import { execute, startServer } from './support/process.ts'

const ROOT = join(import.meta.dirname, '..')
const POLICY = readFileSync(join(ROOT, 'routes/policy.txt'), 'utf8')

t.test('without the pages the API works', async (t) => {
  const folder = temporaryFolder(t)
  for (const part of ['src', 'plugins', 'routes', 'drizzle', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))

  for (const part of ['routes/admin', 'plugins/admin-ui.ts']) rmSync(join(folder, part), { recursive: true })
  const app = join(folder, 'src/app.ts')
  let source = readFileSync(app, 'utf8')
  for (const lines of [
    "import adminUi from '../plugins/admin-ui.ts'\n",
    "import adminPages from '../routes/admin/index.ts'\n",
    /^ {2}app\.register\(async function adminScope\(.*?^ {2}\}\)\n\n/ms
  ]) {
    t.match(source, lines)
    source = source.replace(lines, '')
  }
  t.notMatch(source, /admin/i, 'that is all the server names of them')
  writeFileSync(app, source)

  const include = ['src', 'plugins', 'routes']
  writeFileSync(join(folder, 'tsconfig.left.json'), JSON.stringify({ extends: './tsconfig.json', include }))
  const checked = await execute(join(folder, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.left.json'], {
    cwd: folder,
    env: { PATH: process.env.PATH }
  })
  t.strictSame(checked, { code: 0, output: '' }, 'and its types are right')

  const env = { DEMO: 'true', DATABASE_URL: `file:${folder}/app.db` }
  const server = await startServer(t, env, { root: folder })
  const call = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init })
  const login = await call('/api/auth/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'client', password: '123456' })
  })
  t.equal(login.status, 200)
  const { access_token, refresh_token } = (await login.json()) as { access_token: string; refresh_token: string }
  const answers = [login]
  const withToken = async (path: string, token: string, init: RequestInit = {}) => {
    const answer = await call(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } })
    answers.push(answer)
    return answer
  }
  for (const [, path = ''] of POLICY.matchAll(/^GET +(\/api\/[^\s:]+) +role .*\buser\b/gm)) {
    t.equal((await withToken(path, access_token)).status, 200, path)
  }
  t.equal((await withToken('/api/auth/', refresh_token)).status, 200)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ old_password: '123456', new_password: 'seven quiet lakes' })
  t.equal((await withToken('/api/auth/password', refresh_token, { method: 'PUT', headers, body })).status, 401)
  const changed = await withToken('/api/auth/password', access_token, { method: 'PUT', headers, body })
  t.equal(changed.status, 200)
  t.strictSame(await changed.json(), { msg: 'Password changed' })
  t.equal((await withToken('/api/auth/', refresh_token)).status, 401, 'which ends the tokens')

  for (const path of ['/', '/login', '/account', '/users/1', '/static/style.css']) {
    const gone = await call(path, { headers: { accept: 'text/html' } })
    t.equal(gone.status, 404, path)
    t.match(gone.headers.get('content-type'), /^application\/json/, path)
    t.match(await gone.json(), { statusCode: 404, code: 'NOT_FOUND' }, path)
    answers.push(gone)
  }
  t.strictSame(
    answers.flatMap(({ headers }) => headers.getSetCookie()),
    [],
    'and nobody is given a cookie'
  )
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
})
