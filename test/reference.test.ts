// The reference page in a real Chromium, under the policy it is sent with; and the packed client, as whoever installs it
// meets it.

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { loadConfig } from '../src/config.ts'
import { securityHeaders } from '../src/security-headers.ts'
import { build, logRows, withToken } from './support/app.ts'
import { startBrowser } from './support/browser.ts'
import { temporaryFolder } from './support/folder.ts'
import { execute } from './support/process.ts'

const ROOT = join(import.meta.dirname, '..')
const FILES = ['/docs', '/docs/docs.css', '/docs/docs.js', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css']
const DOCUMENT = '/openapi.json'

const browser: Browser = await startBrowser()
t.teardown(() => browser.close())
t.jobs = 2

t.test(
  'G20: the page and the document are there when the configuration says so, or in the demo',
  { buffered: true },
  async (t) => {
    t.equal(loadConfig({ DEMO: 'true' }).docs, true)
    t.equal(loadConfig({ DEMO: 'true', DOCS: 'false' }).docs, false)

    const { app, config } = await build(t)
    t.equal(config.docs, false)
    for (const url of [...FILES, '/docs/', '/docs/index.html', DOCUMENT]) {
      const { statusCode, headers } = await app.inject(url)
      t.match({ statusCode, type: headers['content-type'] }, { statusCode: 404, type: /json/ }, url)
    }
  }
)

t.test(
  'F17, E1: it opens with nothing that its policy forbids, and each of its files is logged',
  { buffered: true },
  async (t) => {
    const { app, db, page, complaints } = await open(t)
    const answers = new Map<string, Record<string, string>>()
    page.on('response', (response) => answers.set(new URL(response.url()).pathname, response.headers()))
    await page.goto('/docs')
    await operation(page, 'authRefresh').waitFor()
    t.same([...answers.keys()].sort(), [...FILES, DOCUMENT])
    t.same(
      (await logRows(db)).map(({ path, status }) => `${path} ${status}`).sort(),
      [...FILES, DOCUMENT].map((path) => `${path} 200`)
    )

    for (const [path, headers] of answers) {
      const policy =
        path === '/docs'
          ? "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; " +
            "frame-ancestors 'none'; script-src 'self'; connect-src 'self'"
          : securityHeaders['content-security-policy']
      t.match(headers, { ...securityHeaders, 'content-security-policy': policy, 'x-request-id': /./ }, path)
    }
    t.same(JSON.parse((await app.inject(DOCUMENT)).payload), JSON.parse(JSON.stringify(app.openapi())))

    for (const width of [360, 1600]) {
      await page.setViewportSize({ width, height: 900 })
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      t.same(await violations(page), [], `our part of it, at ${width} px`)
    }
    t.same(complaints, [])
  }
)

t.test(
  'whoever logs in on it can try calls until they log out, with new access tokens as the old expire',
  async (t) => {
    const { app, db, page, complaints, signIn } = await open(t)
    const user = await signIn('user')
    await page.goto('/docs')
    await logIn(page, user.username, 'wrong')
    await page.getByRole('status').getByText('Bad username or password').waitFor()
    await logIn(page, user.username, user.password)
    await page.getByText(`Signed in as ${user.username}`).waitFor()
    t.equal(await page.getByRole('status').innerText(), '', 'the failure is no longer told')
    t.same(await violations(page), [])

    const callsOf = async (deed: () => Promise<unknown>) => {
      const before = (await logRows(db)).length
      await deed()
      return (await logRows(db)).slice(before).map(({ method, path, status }) => `${method} ${path} ${status}`)
    }
    const list = async () => t.match(await tryOut(page, 'sampleList'), { status: '200', body: { samples: [] } })
    t.same(await callsOf(list), ['GET /api/sample/ 200'])

    // What the page holds when time has passed.
    const { refresh } = await tokensOf(page)
    const { jti } = app.jwt.decode<{ jti: string }>(refresh) ?? { jti: '' }
    const expired = app.signAccessToken({ jti, user_id: user.id, expiry: '2024-02-29T00:00:00Z' })
    t.equal((await withToken(app, 'GET', '/api/sample/', expired)).json().code, 'TOKEN_EXPIRED')
    await page.evaluate(`keep({ access_token: '${expired}' })`)
    t.same(await callsOf(list), ['GET /api/auth/ 200', 'GET /api/sample/ 200'])

    const renewed = await tryOut(page, 'authRefresh')
    t.match(renewed, { status: '200', body: { access_token: /^ey/ } }, 'with the refresh token')

    t.match(await tryOut(page, 'authRotateToken'), { status: '200' })
    const { access, refresh: rotated } = await tokensOf(page)
    t.not(rotated, refresh, 'a pair that was made on the page is the one it goes on with')
    t.equal((await withToken(app, 'GET', '/api/sample/', access)).statusCode, 200)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    t.equal((await withToken(app, 'GET', '/api/sample/', access)).statusCode, 401)
    t.equal((await withToken(app, 'GET', '/api/auth/', rotated)).statusCode, 401)
    t.match(await tryOut(page, 'authRefresh'), { status: '401', body: { code: 'TOKEN_MISSING' } })

    await logIn(page, user.username, user.password)
    await page.getByText(`Signed in as ${user.username}`).waitFor()
    t.match(await tryOut(page, 'authLogout'), { status: '200' })
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    t.same(await tokensOf(page), { access: '', refresh: '' }, 'an end that was made on the page ends it as well')
    t.same(
      complaints.filter((text) => !/status of 401/.test(text)),
      []
    )
  }
)

t.test(
  'without its scripts the page takes no password, which would end in an address',
  { buffered: true },
  async (t) => {
    const { page } = await open(t)
    await page.route('**/*.js', (route) => route.abort())
    await page.goto('/docs')
    t.equal(await page.getByRole('textbox').count(), 0)
    t.same(await page.evaluate('Array.from(document.forms, ({ method }) => method)'), ['post', 'post'])
  }
)

t.test('the packed client works in a program that has nothing but the package', { buffered: true }, async (t) => {
  const { app } = await build(t)
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  // Packed in a copy: what an earlier build left behind must not help.
  const source = temporaryFolder(t)
  cpSync(join(ROOT, 'tsconfig.json'), join(source, 'tsconfig.json'))
  cpSync(join(ROOT, 'client'), join(source, 'client'), { recursive: true, filter: (path) => basename(path) !== 'dist' })
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'))
  await run(source, 'npm', 'pack', './client')
  const { name, dependencies } = JSON.parse(readFileSync(join(source, 'client/package.json'), 'utf8'))

  const program = temporaryFolder(t)
  const packed = join(program, 'node_modules', name)
  mkdirSync(packed, { recursive: true })
  const [tarball = ''] = readdirSync(source).filter((file) => file.endsWith('.tgz'))
  await run(source, 'tar', '-xzf', tarball, '-C', packed, '--strip-components=1')
  const files = ['dist', 'dist/index.d.ts', 'dist/index.js', 'dist/schema.d.ts', 'dist/schema.js', 'package.json']
  t.same(
    readdirSync(packed, { recursive: true })
      .filter((file) => file !== 'README.md')
      .sort(),
    files
  )
  for (const dependency of Object.keys(dependencies))
    symlinkSync(join(ROOT, 'node_modules', dependency), join(program, 'node_modules', dependency))

  writeFileSync(join(program, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(program, 'program.js'),
    `import { answerOf, ApiError, createClient } from '${name}'
    const client = createClient('${baseUrl}')
    const { status } = await answerOf(client.GET('/health/live'))
    // @ts-expect-error the types are there: no such path
    const { response } = await client.GET('/health/nowhere')
    const refusal = await client.login('nobody', 'wrong').catch((error) => error)
    console.log(status, response.status, refusal instanceof ApiError, refusal.message)`
  )
  const options = '--checkJs --noEmit --strict --module nodenext --target es2024 --skipDefaultLibCheck'
  const [printed, complaints] = await Promise.all([
    run(program, process.execPath, 'program.js'),
    run(program, join(ROOT, 'node_modules/.bin/tsc'), ...options.split(' '), 'program.js')
  ])
  t.equal(printed, 'ok 404 true 401 Bad username or password\n')
  t.equal(complaints, '')
})

/** A server with the page, an account, and a page of a browser. */
async function open(t: Test, env: Record<string, string> = {}) {
  const { app, db, signIn } = await build(t, { DOCS: 'true', ...env })
  const baseURL = await app.listen({ port: 0, host: '127.0.0.1' })
  const context = await browser.newContext({ baseURL })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'data:' && origin !== baseURL) complaints.push(`another origin: ${request.url()}`)
  })
  return { app, db, page, complaints, signIn }
}

async function logIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Username' }).fill(username)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

function operation(page: Page, id: string): Locator {
  return page.locator(`#operations-${id.replace(/[A-Z].*/, '')}-${id}`)
}

/** Executes an operation on the page; gives what it then shows of the answer. */
async function tryOut(page: Page, id: string): Promise<{ status: string; body: unknown }> {
  const block = operation(page, id)
  const execute = block.getByRole('button', { name: 'Execute' })
  if (await execute.isVisible()) await block.getByRole('button', { name: 'Clear' }).click()
  else await block.locator('.opblock-summary-control').click()
  await execute.click()
  const answer = block.locator('.live-responses-table')
  const status = await answer.locator('tr.response .response-col_status').innerText()
  return { status, body: JSON.parse(await answer.locator('pre').first().innerText()) }
}

/** The tokens that the page holds. */
async function tokensOf(page: Page): Promise<{ access: string; refresh: string }> {
  return await page.evaluate('({ access: accessToken, refresh: refreshToken })')
}

/** What axe-core finds wrong with our part of the page. */
async function violations(page: Page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await axe.run({ exclude: ['#operations'] }, { runOnly: tags })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

/** Runs a command to its end and gives what it printed. Throws when it fails. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { code, output } = await execute(command, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME }
  })
  if (code !== 0) throw new Error(output)
  return output
}
