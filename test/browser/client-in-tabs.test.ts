// The typed client in two tabs of a real Chromium, which share the tokens in localStorage and take turns with Web Locks.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Tokens } from '../../client/index.ts'
import { ageRotations, expired, requestsDuring } from '../client/api-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { execute } from '../support/process.ts'
import { startBrowser } from './browser.ts'
import { openSite } from './site.ts'

const ROOT = join(import.meta.dirname, '../..')
const ROUNDS = 20
const PAGE = `<!doctype html><title>Program</title><link rel="icon" href="data:,">
  <script type="importmap">{ "imports": { "openapi-fetch": "/program/openapi-fetch" } }</script>
  <script type="module">
    import { createClient, webStorageStore } from '/program/index.js'
    globalThis.endings = []
    globalThis.client = createClient(location.origin, {
      store: webStorageStore(localStorage, 'tokens'),
      onSessionEnd: (code) => endings.push(code)
    })
    globalThis.read = async () => (await client.GET('/api/sample/')).response.status
  </script>`

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('two tabs exchange their tokens once, and a logout in one is noticed in the other', async (t) => {
  const { app, page: first, complaints, signIn } = await openSite(t, browser)
  const second = await first.context().newPage()
  await serveProgram(t, first.context())
  const tabs = [first, second]
  for (const tab of tabs) await openProgram(tab)

  const { username, password } = await signIn('user')
  await first.evaluate(`client.login(${JSON.stringify(username)}, ${JSON.stringify(password)})`)
  for (let round = 1; round <= ROUNDS; round++) {
    const tokens = JSON.parse(await first.evaluate("localStorage.getItem('tokens')")) as Tokens
    await first.evaluate(`localStorage.setItem('tokens', ${JSON.stringify(JSON.stringify(expired(app, tokens)))})`)
    const requests = await requestsDuring(app, async () => {
      const reads = tabs.map((tab) => tab.evaluate('Promise.all([read(), read()])'))
      t.same(await Promise.all(reads), [
        [200, 200],
        [200, 200]
      ])
    })
    t.equal(requests['POST /api/auth/refresh 200'], 1)
    await ageRotations(app, 11)
  }

  t.equal(await first.evaluate('client.logout()'), 'Access token revoked')
  t.equal(await first.evaluate('localStorage.length'), 0)
  t.equal(await second.evaluate('read()'), 401)
  t.same([await first.evaluate('endings'), await second.evaluate('endings')], [[], ['TOKEN_MISSING']])
  t.same(
    complaints.filter((text) => !text.includes('status of 401')),
    []
  )
})

/** Serves a page with the compiled client below /program of the server's own origin. */
async function serveProgram(t: Test, context: BrowserContext): Promise<void> {
  const folder = temporaryFolder(t)
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const { code, output } = await execute(tsc, ['-p', 'client', '--outDir', folder], { cwd: ROOT })
  t.equal(code, 0, output)
  await context.route('**/program/**', async (route) => {
    const name = new URL(route.request().url()).pathname.replace('/program/', '')
    if (name === '') return await route.fulfill({ contentType: 'text/html', body: PAGE })
    const path = name === 'openapi-fetch' ? fileURLToPath(import.meta.resolve(name)) : join(folder, name)
    await route.fulfill({ contentType: 'text/javascript', body: readFileSync(path, 'utf8') })
  })
}

async function openProgram(tab: Page): Promise<void> {
  await tab.goto('/program/')
  await tab.waitForFunction('globalThis.client')
}
