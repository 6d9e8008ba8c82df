// The reference page: the name of the site, and the command with which a shell sends the same request.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { openDocs, operation, signInOnDocs, tokensOf, violations } from '../support/docs-page.ts'
import { startBrowser } from './browser.ts'

const SITE_NAME = 'Dr. Wéber & <Söhne>'

const browser = await startBrowser()
t.teardown(() => browser.close())

/** Returns the arguments that a shell gives to curl when it runs a command. */
function argumentsOf(command: string, env: Record<string, string> = {}): string[] {
  const print = `curl() { printf '%s\\0' "$@"; }\n${command}`
  return execFileSync('/bin/sh', ['-c', print], { encoding: 'utf8', env }).split('\0').slice(0, -1)
}

t.test('the page has the name of the site in its title and at its top, as text [F16]', async (t) => {
  const { page, complaints } = await openDocs(t, browser, { SITE_NAME })
  await page.goto('/docs')
  t.equal(await page.title(), `API reference – ${SITE_NAME}`)
  t.equal(await page.getByRole('heading', { level: 1 }).innerText(), `${SITE_NAME} API reference`)
  t.same(await violations(page), [])
  t.same(complaints, [])
})

t.test('each operation has a curl command that a shell understands, with a token where it needs one', async (t) => {
  const { app, page } = await openDocs(t, browser)
  await page.goto('/docs')
  await operation(page, 'authRefresh').waitFor()
  await page.evaluate("document.querySelectorAll('details.operation').forEach((one) => { one.open = true })")
  const { origin } = new URL(page.url())
  for (const [path, item] of Object.entries(app.openapi().paths)) {
    for (const [method, described] of Object.entries(item)) {
      const {
        operationId: id,
        security,
        requestBody
      } = described as {
        operationId: string
        security?: Record<string, string[]>[]
        requestBody?: { content: { 'application/json': { example: unknown } } }
      }
      const command = await operation(page, id).locator('.curl').innerText()
      const env = { ACCESS_TOKEN: 'the access token', REFRESH_TOKEN: 'the refresh token' }
      const [request, name, url, ...rest] = argumentsOf(command, env)
      t.strictSame([request, name], ['--request', method.toUpperCase()], id)
      const { pathname } = new URL(url ?? '')
      t.ok(
        url?.startsWith(origin) && new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
        `${id}: ${url}`
      )
      const kind = Object.keys(security?.[0] ?? {})[0]
      const token = { accessToken: env.ACCESS_TOKEN, refreshToken: env.REFRESH_TOKEN }[kind ?? '']
      t.equal(rest.includes(`Authorization: Bearer ${token}`), token !== undefined, id)
      const body = requestBody?.content['application/json'].example
      t.equal(rest.includes('content-type: application/json'), body !== undefined, id)
      if (body) t.strictSame(JSON.parse(rest.at(-1) ?? ''), body, id)
    }
  }
})

t.test('the command has what was typed, quoted, and is the request that the page sends', async (t) => {
  const { app, page, signIn } = await openDocs(t, browser)
  const user = await signIn('user')
  await page.goto('/docs#sampleCreate')
  await signInOnDocs(page, user.username, user.password)
  await page.getByText(`Signed in as ${user.username}`).waitFor()
  const block = operation(page, 'sampleCreate')
  const name = `it's "$(id)" \`id\` \\ %41 ; ünï`
  await block.getByLabel('Body').fill(JSON.stringify({ name }, null, 2))
  const { access } = await tokensOf(page)
  const command = await block.locator('.curl').innerText()
  t.notMatch(command, access, 'the token itself is not in the command')

  const [, method, url = '', ...rest] = argumentsOf(command, { ACCESS_TOKEN: access })
  const headers = rest.filter((_, index) => rest[index - 1] === '--header').map((line) => line.split(': '))
  const response = await app.inject({
    method: method as 'POST',
    url: url.replace(new URL(page.url()).origin, ''),
    headers: Object.fromEntries(headers),
    payload: rest.at(-1) ?? ''
  })
  t.match(response, { statusCode: 201 })
  t.equal(response.json().name, name)
  const list = operation(page, 'sampleList')
  await list.locator('summary').first().click()
  await list.getByLabel('limit query').fill("2&x='")
  t.match(argumentsOf(await list.locator('.curl').innerText())[2], '/api/sample/?limit=2%26x%3D%27')
})
