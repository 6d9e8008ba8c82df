// A team that needs only the API deletes the pages: see docs/removing-the-pages.md. Nothing of them is left, and the API works as before.

import { cpSync, existsSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/folder.ts'
import { execute, startServer } from '../support/process.ts'
import { unreachableFiles, unusedExports } from './unused-code.ts'

const ROOT = join(import.meta.dirname, '../..')
const POLICY = readFileSync(join(ROOT, 'routes/policy.txt'), 'utf8')
const PARTS = ['src', 'plugins', 'routes', 'templates', 'scripts', 'drizzle', 'package.json', 'tsconfig.json']
const PAGES = ['routes/admin', 'plugins/admin-ui', 'src/words', 'templates']
const JSON_BODY = { 'content-type': 'application/json' }

const folder = temporaryFolder(t)
for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
for (const part of PAGES) rmSync(join(folder, part), { recursive: true })

t.test('three folders and their lines in src/app.ts are all there is of the pages', async (t) => {
  const app = join(folder, 'src/app.ts')
  let source = readFileSync(app, 'utf8')
  for (const lines of [
    "import adminUi from '../plugins/admin-ui/index.ts'\n",
    "import adminPages from '../routes/admin/index.ts'\n",
    /^ {2}app\.register\(async function adminScope\(.*?^ {2}\}\)\n\n/ms
  ]) {
    t.match(source, lines)
    source = source.replace(lines, '')
  }
  t.notMatch(source, /admin/i, 'no other line of the server names the pages')
  writeFileSync(app, source)
})

t.test('without the pages all types are right', async (t) => {
  const include = ['src', 'plugins', 'routes', 'scripts']
  writeFileSync(join(folder, 'tsconfig.left.json'), JSON.stringify({ extends: './tsconfig.json', include }))
  const checked = await execute(join(folder, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.left.json'], {
    cwd: folder,
    env: { PATH: process.env.PATH }
  })
  t.strictSame(checked, { code: 0, output: '' })
})

t.test('without the pages every file and every export is still used', async (t) => {
  const entries = ['src/server.ts', 'src/quick-imports.js', ...globSync('scripts/*.ts', { cwd: folder })]
  // drizzle-kit reads the tables by itself.
  const unreachable = (root: string) =>
    unreachableFiles(root, ['src', 'plugins', 'routes'], entries).filter((path) => !path.startsWith('src/tables/'))
  const unreachableBefore = unreachable(ROOT)
  if (existsSync(join(ROOT, 'scripts/remove-example.ts'))) t.strictSame(unreachableBefore, [])
  t.strictSame(
    unreachable(folder).filter((path) => !unreachableBefore.includes(path)), // resources to come can use the others
    []
  )

  const unused = (root: string) => unusedExports(root, ['src', 'plugins'], ['routes', 'scripts'])
  const unusedBefore = unused(ROOT) // tables are imported as a whole, and generated resources can use more schemas
  const left = unused(folder).filter((name) => !unusedBefore.includes(name) && !name.startsWith('src/tables/'))
  t.strictSame(left, [], 'what only the pages use belongs in plugins/admin-ui/')
})

t.test('without the pages the API works, and sets no cookie', async (t) => {
  const env = { DEMO: 'true', DATABASE_URL: `file:${folder}/app.db` }
  const server = await startServer(t, env, { root: folder })
  const cookies: string[] = []
  const call: Call = async (path, init = {}) => {
    const response = await fetch(`${server.url}${path}`, { redirect: 'manual', ...init })
    cookies.push(...response.headers.getSetCookie())
    return response
  }

  await showApiWorks(t, call)
  for (const path of ['/', '/login', '/account', '/users/1', '/static/style.css']) {
    const gone = await call(path, { headers: { accept: 'text/html' } })
    t.equal(gone.status, 404, path)
    t.match(gone.headers.get('content-type'), /^application\/json/, path)
    t.match(await gone.json(), { statusCode: 404, code: 'NOT_FOUND' }, path)
  }
  t.strictSame(cookies, [], 'no response sets a cookie')
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
})

type Call = (path: string, init?: RequestInit) => Promise<Response>

/** Signs in, reads every list that a user can read, and changes the password, which revokes the tokens. */
async function showApiWorks(t: Test, call: Call): Promise<void> {
  const credentials = JSON.stringify({ username: 'client', password: '123456' })
  const login = await call('/api/auth/', { method: 'POST', headers: JSON_BODY, body: credentials })
  t.equal(login.status, 200)
  const { access_token, refresh_token } = (await login.json()) as { access_token: string; refresh_token: string }
  const withToken = (path: string, token: string, init: RequestInit = {}) =>
    call(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } })

  for (const [, path = ''] of POLICY.matchAll(/^GET +(\/api\/[^\s:]+) +role .*\buser\b/gm)) {
    t.equal((await withToken(path, access_token)).status, 200, path)
  }
  t.equal((await withToken('/api/auth/', refresh_token)).status, 200)

  const body = JSON.stringify({ old_password: '123456', new_password: 'seven quiet lakes' })
  const change = { method: 'PUT', headers: JSON_BODY, body }
  t.equal((await withToken('/api/auth/password', refresh_token, change)).status, 401)
  const changed = await withToken('/api/auth/password', access_token, change)
  t.equal(changed.status, 200)
  t.strictSame(await changed.json(), { msg: 'Password changed' })
  t.equal((await withToken('/api/auth/', refresh_token)).status, 401, 'the new password revokes the tokens')
}
