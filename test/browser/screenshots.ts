// Takes a picture of every page, wide and narrow, light and dark, and writes them to screenshots/. Look at them after a
// change of templates or styles. Uses a database of its own.

import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startBrowser } from './browser.ts'

const FOLDER = join(import.meta.dirname, '../../screenshots')
const SIZES = {
  wide: { width: 1600, height: 900 },
  medium: { width: 1024, height: 800 },
  narrow: { width: 360, height: 740 }
}

/** Pages that take their pictures themselves. */
const TAKEN_ON_THE_WAY = ['sign-in', 'device-blocked', 'session-ended']

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'))
const secret = () => randomBytes(32).toString('hex')
process.env.DATABASE_URL = `file:${folder}/screenshots.db`
const { buildApp } = await import('../../src/app.ts')
const { loadConfig } = await import('../../src/config.ts')
const { addRole } = await import('../../plugins/admin-ui/role-list.ts')
const { session } = await import('../../src/tables/account.ts')
const { blockToken } = await import('../../plugins/admin-ui/token-blocks.ts')

const app = await buildApp(
  loadConfig({ DATABASE_URL: process.env.DATABASE_URL, SECRET_KEY: secret(), JWT_SECRET_KEY: secret(), DOCS: 'true' })
)
const admin = await app.accounts.add({ username: 'grace', roles: ['admin'] })
const shown = await fillDatabase()
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const browser = await startBrowser()
mkdirSync(FOLDER, { recursive: true })

/** Every page by the name of its picture, and how a visitor comes to see it. */
const pages: Record<string, (page: Page) => Promise<unknown>> = {
  'sign-in-refused': async (page) => {
    await page.goto('/login')
    await page.fill('#username', 'grace')
    await page.fill('#password', 'not her password')
    await page.click('main button')
  },
  'sign-in': async (page) => {
    await page.goto('/login')
    await page.screenshot({ path: file('sign-in'), fullPage: true })
    await page.fill('#username', admin.username)
    await page.fill('#password', admin.password)
    await page.click('main button')
  },
  overview: (page) => page.goto('/overview'),
  users: (page) => page.goto('/'),
  'users-search': (page) => page.goto('/?q=an'),
  'user-refused': async (page) => {
    await page.goto('/users/new')
    await page.fill('#username', 'Anna')
    await page.fill('#password', 'short')
    await page.click('main .primary')
  },
  'user-added': async (page) => {
    await page.goto('/users/new')
    await page.fill('#username', `new-${randomBytes(3).toString('hex')}`)
    await page.check('[value=user]')
    await page.click('main .primary')
  },
  'user-new': (page) => page.goto('/users/new'),
  'users-chosen': async (page) => {
    await page.goto('/')
    for (const box of (await page.locator('main input[type=checkbox]').all()).slice(0, 3)) await box.check()
    await page.click('button[value=disable]')
  },
  sessions: (page) => page.goto('/sessions'),
  user: (page) => page.goto(`/users/${shown}`),
  'user-own': (page) => page.goto(`/users/${admin.id}`),
  'user-unfolded': async (page) => {
    await page.goto(`/users/${shown}`)
    for (const summary of await page.locator('summary').all()) await summary.click()
  },
  disable: (page) => page.goto(`/users/${shown}/disable`),
  delete: (page) => page.goto(`/users/${shown}/delete`),
  roles: async (page) => {
    await page.goto('/roles')
    await page.click('summary >> nth=-1')
  },
  activity: (page) => page.goto('/activity'),
  'activity-refused': (page) => page.goto('/activity?view=refused&from=2024-02-30'),
  'activity-row': async (page) => {
    await page.goto('/activity')
    await page.click('tbody tr >> nth=-1 >> a')
  },
  'give-up-admin': async (page) => {
    await page.goto(`/users/${admin.id}`)
    await page.uncheck('[value=admin]')
    await page.click('text=Change roles')
  },
  'roles-stale': async (page) => {
    await page.goto(`/users/${shown}`)
    const { roles } = await app.accounts.find(shown)
    await app.accounts.setRoles(shown, roles.includes('night-shift') ? ['user'] : ['user', 'night-shift'])
    await page.check('[value=auditor]')
    await page.click('text=Change roles')
  },
  'device-blocked': async (page) => {
    await page.goto(`/users/${shown}`)
    await page.click('#devices button.danger >> nth=0')
    await page.screenshot({ path: file('device-blocked'), fullPage: true })
    await page.click('text=Unblock all')
  },
  account: (page) => page.goto('/account'),
  'not-found': (page) => page.goto('/users/999999'),
  'session-ended': async (page) => {
    await page.goto('/roles')
    await page.fill('#name', 'late-shift')
    await app.db.update(session).set({ expiry: '2020-01-01T00:00:00Z' })
    await page.click('#add button')
    await page.screenshot({ path: file('session-ended'), fullPage: true })
    await page.fill('#username', admin.username)
    await page.fill('#password', admin.password)
    await page.click('main button')
    await page.screenshot({ path: file('form-kept'), fullPage: true })
  },
  reference: async (page) => {
    await page.goto('/docs')
    await page.click('summary >> nth=0')
  }
}

let file = (name: string) => name
let count = 0
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ baseURL: origin, viewport, colorScheme })
    const page = await context.newPage()
    file = (name) => join(FOLDER, `${name}-${size}-${colorScheme}.png`)
    for (const [name, show] of Object.entries(pages)) {
      await show(page)
      if (TAKEN_ON_THE_WAY.includes(name)) continue
      await page.screenshot({ path: file(name), fullPage: true })
      count++
    }
    await context.close()
  }
}

console.log(`${count} pictures in screenshots/`)
await browser.close()
await app.close()
rmSync(folder, { recursive: true, force: true })

/** Adds users in every state; gives the id of one with tokens in every state. */
async function fillDatabase(): Promise<number> {
  await addRole(app.db, 'night-shift')
  const names = [
    'anna',
    'bertrand',
    'chiara',
    'dmitri',
    'élodie',
    'fatima',
    'an-uncommonly-long-user-name-that-fills-all-64-characters-given'
  ]
  const added = []
  for (const [index, username] of names.entries()) {
    const roles = index % 3 === 0 ? ['user', 'night-shift'] : ['user']
    added.push(await app.accounts.add({ username, roles }))
  }
  const [anna, , , dmitri] = added
  if (!anna || !dmitri) throw new Error('nobody was added')
  await app.accounts.setDisabled(dmitri.id, true)

  const browsers = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
    'python-requests/2.32.5',
    'curl/8.14.1',
    ''
  ]
  const tokens: string[] = []
  for (const userAgent of browsers) {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/auth/',
      headers: { 'user-agent': userAgent },
      payload: { username: anna.username, password: anna.password }
    })
    tokens.push(answer.json<{ refresh_token: string }>().refresh_token)
  }
  const bearer = (index: number) => ({ authorization: `Bearer ${tokens[index]}` })
  await app.inject({ url: '/api/auth/', headers: bearer(0) })
  await app.inject({ method: 'DELETE', url: '/api/auth/', headers: bearer(1) })
  const { jti } = JSON.parse(Buffer.from(tokens[2]?.split('.')[1] ?? '', 'base64url').toString())
  await blockToken(app.db, anna.id, jti)
  return anna.id
}
