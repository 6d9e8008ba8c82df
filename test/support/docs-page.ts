// The reference page /docs in a browser.

import axe from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { build, logRows, type TestApp } from './app.ts'

/** The page and the files that it loads. */
export const DOCS_FILES = [
  '/docs',
  '/docs/curl.js',
  '/docs/docs.css',
  '/docs/docs.js',
  '/docs/elements.js',
  '/docs/operation.js',
  '/docs/session.js'
]
/** The document that the page shows. */
export const DOCS_DOCUMENT = '/openapi.json'

/**
 * Starts a server with these variables that has the page, and opens a tab that has not loaded it yet. `complaints` collects what must not
 * happen in the browser: errors and warnings of its console, exceptions, and requests to another origin.
 */
export async function openDocs(t: Test, browser: Browser, env = {}) {
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

/** Fills in the form to sign in, and sends it. */
export async function signInOnDocs(page: Page, username: string, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'User name' }).fill(username)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Returns the block of the page that shows an operation. */
export function operation(page: Page, id: string): Locator {
  return page.locator(`details#${id}`)
}

/** Executes an operation on the page, and returns the response that the page then shows. */
export async function tryOut(page: Page, id: string): Promise<{ status: string; body: unknown }> {
  const block = operation(page, id)
  if ((await block.getAttribute('open')) === null) await block.locator('summary').first().click()
  await block.getByRole('button', { name: 'Send' }).click()
  const status = await block.locator('.answer .status').innerText()
  return { status, body: JSON.parse(await block.locator('.answer pre').innerText()) }
}

/** Returns the tokens that the page holds; they are empty if nobody is signed in. */
export async function tokensOf(page: Page): Promise<{ access: string; refresh: string }> {
  return await page.evaluate(
    "import('/docs/session.js').then(({ tokens: { access, refresh } }) => ({ access, refresh }))"
  )
}

/**
 * Runs `action`, and returns the requests that the server logged during it, such as `GET /api/auth/ 200`. A connection on
 * which the browser sent nothing is left out: browsers open some in advance, and the server logs them as `- - 408`.
 */
export async function requestsDuring(db: TestApp['db'], action: () => Promise<unknown>): Promise<string[]> {
  const before = (await logRows(db)).length
  await action()
  const rows = (await logRows(db)).slice(before).filter(({ method }) => method !== '-')
  return rows.map(({ method, path, status }) => `${method} ${path} ${status}`)
}

/** Returns the accessibility rules that the page breaks, each with the elements that break it. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await axe.run({ runOnly: tags })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}
