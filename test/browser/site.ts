// The pages in a real Chromium.

import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { build } from '../support/app.ts'

export type Site = Awaited<ReturnType<typeof openSite>>

/**
 * Starts a server with an administrator and these variables, and opens a tab on it. `complaints` collects what must not happen in the
 * browser: errors and warnings of its console, exceptions, dialogs, and requests to another origin.
 */
export async function openSite(t: Test, browser: Browser, options: BrowserContextOptions = {}, env = {}) {
  const { app, signIn } = await build(t, env)
  const admin = await app.accounts.add({ username: 'grace', roles: ['admin'] })
  const baseURL = await app.listen({ port: 0, host: '127.0.0.1' })
  const context = await browser.newContext({ baseURL, ...options })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    dialog.dismiss()
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== baseURL) complaints.push(`another origin: ${request.url()}`)
  })
  return { app, page, complaints, admin, signIn }
}

/** How a person uses a page. */
export interface Hands {
  press(target: Locator): Promise<void>
  type(field: Locator, text: string): Promise<void>
}

export const mouse: Hands = {
  press: (target) => target.click(),
  type: (field, text) => field.fill(text)
}

export const keyboard: Hands = {
  async press(target) {
    await tabTo(target)
    const page = target.page()
    if ((await target.getAttribute('type')) === 'checkbox') return await page.keyboard.press('Space')
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  },
  async type(field, text) {
    await tabTo(field)
    await field.page().keyboard.type(text)
  }
}

/** Fills in the form to sign in, and sends it. */
export async function signInInBrowser(
  page: Page,
  account: { username: string; password: string },
  hands = mouse
): Promise<void> {
  await page.getByLabel('User name').clear()
  await hands.type(page.getByLabel('User name'), account.username)
  await hands.type(page.getByLabel('Password'), account.password)
  await hands.press(page.getByRole('button', { name: 'Sign in' }))
}

// Script as text, because the tests have the types of Node, which has no document.
const OUTLINE = 'getComputedStyle(document.activeElement).outlineStyle'

/** Presses the tab key until an element has the focus, and shows it. Throws if the key does not reach it. */
async function tabTo(target: Locator): Promise<void> {
  const page = target.page()
  for (let presses = 0; presses < 100; presses++) {
    const isFocused = (await target.and(page.locator(':focus-visible')).count()) === 1
    if (isFocused && (await page.evaluate(OUTLINE)) !== 'none') return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${target}`)
}
