// The reference page /docs in a real Chromium, with the security headers that the server sends.

import t from 'tap'
import { logRows, withToken } from '../support/app.ts'
import {
  DOCS_DOCUMENT,
  DOCS_FILES,
  openDocs,
  operation,
  requestsDuring,
  signInOnDocs,
  tokensOf,
  tryOut,
  violations
} from '../support/docs-page.ts'
import { startBrowser } from './browser.ts'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('the page works under its content security policy, and each of its files is logged [E1, F17]', async (t) => {
  const { app, db, page, complaints } = await openDocs(t, browser)
  const { securityHeaders } = app
  const responses = new Map<string, Record<string, string>>()
  page.on('response', (response) => responses.set(new URL(response.url()).pathname, response.headers()))
  await page.goto('/docs')
  await operation(page, 'authRefresh').waitFor()
  t.same([...responses.keys()].sort(), [...DOCS_FILES, DOCS_DOCUMENT])
  t.same(
    (await logRows(db)).map(({ path, status }) => `${path} ${status}`).sort(),
    [...DOCS_FILES, DOCS_DOCUMENT].map((path) => `${path} 200`)
  )

  for (const [path, headers] of responses) {
    const policy =
      path === '/docs'
        ? "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; " +
          "frame-ancestors 'none'; script-src 'self'; connect-src 'self'"
        : securityHeaders['content-security-policy']
    t.match(headers, { ...securityHeaders, 'content-security-policy': policy, 'x-request-id': /./ }, path)
  }
  t.same(JSON.parse((await app.inject(DOCS_DOCUMENT)).payload), JSON.parse(JSON.stringify(app.openapi())))

  t.same(complaints, [])
})

t.test(
  'the page breaks no rule of WCAG 2.2 AA, in light and dark, before and after operations are tried',
  async (t) => {
    const { page, signIn, complaints } = await openDocs(t, browser)
    const user = await signIn('user')
    const inspect = async (name: string) => {
      for (const [width, colorScheme] of [
        [320, 'dark'],
        [1600, 'light'],
        [1600, 'dark']
      ] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${name} at ${width} px`)
        t.same(await violations(page), [], `${name}, ${colorScheme} at ${width} px`)
      }
    }
    await page.goto('/docs#sampleList')
    await operation(page, 'sampleList').getByRole('button', { name: 'Send' }).waitFor()
    await inspect('one operation, by its address')
    await signInOnDocs(page, user.username, user.password)
    await page.getByText(`Signed in as ${user.username}`).waitFor()
    t.match(await tryOut(page, 'sampleList'), { status: '200' })
    t.match(await tryOut(page, 'sampleCreate'), { status: '201' })
    await page.evaluate("document.querySelectorAll('details[open] details').forEach((one) => { one.open = true })")
    await page.evaluate("document.querySelector('[id^=schema-]').open = true")
    await inspect('tried operations, with their examples, and a schema')
    t.same(complaints, [])
  }
)

t.test('a user who signs in on the page can try operations, with new access tokens as the old expire', async (t) => {
  const { app, db, page, complaints, signIn } = await openDocs(t, browser)
  const user = await signIn('user')
  await page.goto('/docs')
  await signInOnDocs(page, user.username, 'wrong')
  await page.getByRole('status').getByText('Bad username or password').waitFor()
  await signInOnDocs(page, user.username, user.password)
  await page.getByText(`Signed in as ${user.username}`).waitFor()
  t.equal(await page.getByRole('status').innerText(), '', 'the failure is no longer shown')
  t.same(await violations(page), [])

  await user.post('/api/sample/', { name: 'the first' }) // which no prefilled cursor leaves out
  const list = async () =>
    t.match(await tryOut(page, 'sampleList'), { status: '200', body: { samples: [{ name: 'the first' }] } })
  t.same(await requestsDuring(db, list), ['GET /api/sample/ 200'])

  // Gives the page the token that it has after some time.
  const { refresh } = await tokensOf(page)
  const { jti } = app.jwt.decode<{ jti: string }>(refresh) ?? { jti: '' }
  const expired = app.signAccessToken({ jti, user_id: user.id, expiry: '2024-02-29T00:00:00Z' })
  t.equal((await withToken(app, 'GET', '/api/sample/', expired)).json().code, 'TOKEN_EXPIRED')
  await page.evaluate(`import('/docs/session.js').then(({ keep }) => keep({ access_token: '${expired}' }))`)
  t.same(await requestsDuring(db, list), ['GET /api/auth/ 200', 'GET /api/sample/ 200'])

  const renewed = await tryOut(page, 'authRefresh')
  t.match(renewed, { status: '200', body: { access_token: /^ey/ } }, 'the page sends the refresh token')
  t.same(
    complaints.filter((text) => !/status of 401/.test(text)),
    []
  )
})

t.test('the page uses tokens that were rotated on it, and ends them when the user signs out', async (t) => {
  const { app, page, complaints, signIn } = await openDocs(t, browser)
  const user = await signIn('user')
  await page.goto('/docs')
  await signInOnDocs(page, user.username, user.password)
  await page.getByText(`Signed in as ${user.username}`).waitFor()
  const { refresh } = await tokensOf(page)

  t.match(await tryOut(page, 'authRotateToken'), { status: '200' })
  const { access, refresh: rotated } = await tokensOf(page)
  t.not(rotated, refresh, 'the page holds the new tokens')
  t.equal((await withToken(app, 'GET', '/api/sample/', access)).statusCode, 200)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  t.equal((await withToken(app, 'GET', '/api/sample/', access)).statusCode, 401)
  t.equal((await withToken(app, 'GET', '/api/auth/', rotated)).statusCode, 401)
  t.match(await tryOut(page, 'authRefresh'), { status: '401', body: { code: 'TOKEN_MISSING' } })

  await signInOnDocs(page, user.username, user.password)
  await page.getByText(`Signed in as ${user.username}`).waitFor()
  t.match(await tryOut(page, 'authLogout'), { status: '200' })
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  t.same(await tokensOf(page), { access: '', refresh: '' }, 'the operation signs the page out as well')
  t.same(
    complaints.filter((text) => !/status of 401/.test(text)),
    []
  )
})

t.test('without its scripts the page accepts no password, which could end up in an address', async (t) => {
  const { page } = await openDocs(t, browser)
  await page.route('**/*.js', (route) => route.abort())
  await page.goto('/docs')
  t.equal(await page.getByRole('textbox').count(), 0)
  t.same(await page.evaluate('Array.from(document.forms, ({ method }) => method)'), ['post', 'post'])
})
