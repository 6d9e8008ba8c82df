// Runs programs of others on openapi.json, as its readers do: Redocly checks it, Prism stands as a validating proxy between
// the example client and the server, and newman sends every request that Postman makes of it. They are installed apart from
// the project, because they are larger than all the rest: `npm run test:tools`.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../test/support/net.ts'

const ROOT = join(import.meta.dirname, '..')
const DOCUMENT = join(ROOT, 'openapi.json')
const PATIENCE = 30_000 // milliseconds until a server must listen

/** Requests that cannot succeed when all are sent in the order of the document, with an access token. */
const REFUSED: Record<string, number> = {
  'GET /api/auth/': 401, // needs a refresh token
  'DELETE /api/auth/': 401,
  'POST /api/auth/refresh': 401,
  'GET /api/category/1': 304, // its ETag is the example of If-None-Match
  'PUT /api/auth/password': 403, // with a wrong password
  'GET /api/patient/1/access': 403, // needs the role auditor
  'GET /api/appointment/': 400, // with all parameters: `before` cannot be given together with `sort`
  'GET /api/category/': 400,
  'GET /api/measure/': 400,
  'GET /api/patient/': 400,
  'POST /api/measure/batch': 400, // the appointment and the category were deleted by requests before
  'POST /api/measure/': 400,
  'PUT /api/measure/1': 400,
  'PATCH /api/measure/1': 400,
  'GET /api/measure/1': 404,
  'DELETE /api/measure/1': 404
}

const folder = mkdtempSync(join(tmpdir(), 'rest-server-tools-'))
const children: ChildProcess[] = []
process.on('exit', () => {
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true, force: true })
})

const server = await listening('server', (port) => ({
  command: process.execPath,
  args: ['src/server.ts'],
  env: { DEMO: 'true', PORT: port, DATABASE_URL: `file:${folder}/demo.db` }
}))

run('Redocly', 'redocly', ['lint', DOCUMENT, '--skip-rule=no-path-trailing-slash', '--skip-rule=tag-description'])

const proxy = await listening('Prism', (port) => ({
  command: tool('prism'),
  args: ['proxy', DOCUMENT, server, '--errors', '--port', port]
}))
run('the example client behind Prism', process.execPath, ['examples/client.ts'], { BASE_URL: proxy })

const collection = join(folder, 'collection.json')
const options = ['-p', '-O', 'parametersResolution=Example']
run('the conversion for Postman', 'openapi2postmanv2', ['-s', DOCUMENT, '-o', collection, ...options])
const report = join(folder, 'report.json')
const token = `bearerToken=${await accessToken()}`
const reporter = ['--reporters', 'json', '--reporter-json-export', report]
run('newman', 'newman', ['run', collection, '--env-var', `baseUrl=${server}`, '--global-var', token, ...reporter])
checkResponses()
console.log('All programs accept the document.')
process.exit()

function tool(name: string): string {
  return join(import.meta.dirname, 'node_modules/.bin', name)
}

/** Runs a program to its end. Ends this one when it fails. */
function run(what: string, command: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
  const path = command === process.execPath ? command : tool(command)
  const { status, stdout, stderr } = spawnSync(path, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8'
  })
  if (status === 0) {
    console.log(`ok: ${what}`)
    return
  }
  console.error(`${stdout}\n${stderr}\n${what} failed with ${status}`)
  process.exit(1)
}

/** Starts a server on a free port and returns its address. */
async function listening(
  name: string,
  describe: (port: string) => { command: string; args: string[]; env?: NodeJS.ProcessEnv }
): Promise<string> {
  const port = await freePort()
  const { command, args, env } = describe(String(port))
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  children.push(child)
  const url = `http://127.0.0.1:${port}`
  for (const end = Date.now() + PATIENCE; Date.now() < end; await setTimeout(100)) {
    if (await fetch(`${url}/health/live`).catch(() => undefined)) return url
  }
  console.error(`${name} does not listen`)
  process.exit(1)
}

async function accessToken(): Promise<string> {
  const response = await fetch(`${server}/api/auth/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'client', password: '123456' })
  })
  return ((await response.json()) as { access_token: string }).access_token
}

/** Every request of newman must succeed, apart from those that cannot. */
function checkResponses(): void {
  interface Execution {
    request: { method: string; url: { path: string[] } }
    response?: { code: number }
  }
  const { run } = JSON.parse(readFileSync(report, 'utf8')) as { run: { executions: Execution[] } }
  const wrong = run.executions.flatMap(({ request, response }) => {
    const name = `${request.method} /${request.url.path.join('/')}`
    const code = response?.code ?? 0
    return REFUSED[name] === code || (REFUSED[name] === undefined && code >= 200 && code < 300)
      ? []
      : [`${name}: ${code}`]
  })
  if (run.executions.length > 10 && wrong.length === 0) return
  console.error(`newman got other responses than expected:\n${wrong.join('\n')}`)
  process.exit(1)
}
