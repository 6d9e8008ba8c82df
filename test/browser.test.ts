// The pages in a real Chromium: the life of a user with the mouse, by keyboard alone and without JavaScript; what they
// look like to assistive technology, in both colour schemes, and at every width.

import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { addAccount } from '../src/accounts.ts'
import { addRole } from '../src/roles.ts'
import { build, signInAs } from './support/app.ts'
import { startBrowser } from './support/browser.ts'

const WIDTHS = [360, 700, 1000, 1600]
const SCHEMES: Record<number, 'light' | 'dark'> = { 360: 'dark', 1600: 'light' }
// Script as text, for the tests are typed for Node, which has no document.
const WIDTH_OF_PAGE = 'document.documentElement.scrollWidth'
const OUTLINE = 'getComputedStyle(document.activeElement).outlineStyle'
const HOSTILE = `"><script>alert(1)</script>{{7*7}}`

const browser: Browser = await startBrowser()
t.teardown(() => browser.close())

/** How somebody uses a page. */
interface Hands {
  press(what: Locator): Promise<void>
  type(field: Locator, text: string): Promise<void>
}

const mouse: Hands = {
  press: (what) => what.click(),
  type: (field, text) => field.fill(text)
}

const keyboard: Hands = {
  async press(what) {
    await tabTo(what)
    const page = what.page()
    if ((await what.getAttribute('type')) === 'checkbox') return await page.keyboard.press('Space')
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  },
  async type(field, text) {
    await tabTo(field)
    await field.page().keyboard.type(text)
  }
}

t.test('the life of a user, with the mouse', (t) => lifeOfUser(t, mouse))
t.test('F25: the life of a user, by keyboard alone and without JavaScript', (t) =>
  lifeOfUser(t, keyboard, { javaScriptEnabled: false })
)

t.test('no page breaks a rule of WCAG 2.2 AA, in light or dark, or is wider than its window', async (t) => {
  const { app, page, complaints, admin, signIn } = await open(t)
  const user = await signIn('user')
  await addRole(app.db, 'night-shift')
  await signInAs(app, user)
  await app.inject({ method: 'DELETE', url: '/api/auth/', headers: { authorization: `Bearer ${user.refresh_token}` } })

  const lookAt = async (name: string) => {
    await page.waitForLoadState('load') // with its style
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      t.equal(await page.evaluate(WIDTH_OF_PAGE), width, `${name} at ${width} px`)
      const colorScheme = SCHEMES[width]
      if (!colorScheme) continue
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page), [], `${name}, ${colorScheme} at ${width} px`)
    }
  }

  await page.goto('/login')
  await lookAt('sign-in')
  await page.getByLabel('User name').fill('nobody')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await lookAt('sign-in refused')
  await signInOn(page, admin)
  await lookAt('users')
  await page.getByLabel('User name').fill(user.username)
  await page.getByRole('button', { name: 'Add user' }).click()
  await lookAt('adding refused')
  for (const [name, address] of [
    ['nobody found', '/?q=nobody-has-this-name'],
    ['user', `/users/${user.id}`],
    ['own user', `/users/${admin.id}`],
    ['delete', `/users/${user.id}/delete`],
    ['account', '/account'],
    ['error', '/users/999999']
  ] as const) {
    await page.goto(address)
    await lookAt(name)
  }
  await page.goto(`/users/${user.id}`)
  await page.getByRole('button', { name: 'Set password' }).click()
  await lookAt('password shown')
  await page.goto('/roles')
  for (const summary of await page.locator('summary').all()) await summary.click()
  await lookAt('roles')
  t.same(
    complaints.filter((text) => !/status of 40[149]/.test(text)),
    [],
    'and the browser complains of nothing'
  )
})

t.test('F16: hostile names are text, and the browser meets nothing it must block', async (t) => {
  const { app, page, complaints, admin } = await open(t)
  const { id } = await addAccount(app.db, app.passwords, { username: HOSTILE, roles: ['user'] })
  await app.inject({ url: `/api/${encodeURIComponent(HOSTILE)}` })
  await page.goto('/login')
  await signInOn(page, admin)
  for (const address of ['/', `/?q=${encodeURIComponent(HOSTILE)}`, `/users/${id}`, `/users/${id}/delete`]) {
    await page.goto(address)
    t.match(await page.locator('main').innerText(), HOSTILE, address)
  }
  await page.goto('/')
  await page.getByLabel('User name').fill(HOSTILE)
  await page.getByRole('button', { name: 'Add user' }).click()
  t.equal(await page.getByLabel('User name').inputValue(), HOSTILE, 'what was typed stands in its field again')
  t.same(
    complaints.filter((text) => !/status of 409/.test(text)),
    []
  )
})

async function lifeOfUser(t: Test, hands: Hands, options: BrowserContextOptions = {}) {
  const { app, page, complaints, admin } = await open(t, options)
  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const says = async (text: string | RegExp) => t.match(await page.locator('main').innerText(), text)

  await page.goto('/')
  t.equal(new URL(page.url()).pathname, '/login', 'a stranger is asked to sign in')
  await signInOn(page, admin, hands)

  // Added with a password that is made, which works
  await hands.type(page.getByLabel('User name'), 'Ada')
  await hands.press(page.getByLabel('user', { exact: true }))
  await hands.press(button('Add user'))
  await says('ada was added, with this password:')
  const password = await page.locator('.secret').innerText()
  const ada = await signInAs(app, { id: 0, username: 'ada', password })
  await page.reload()
  t.equal(await page.locator('.secret').count(), 0, 'it is shown once')

  // A token is blocked, and unblocked
  const status = async () => (await ada.get('/api/sample/')).statusCode
  t.equal(await status(), 200)
  await hands.press(button(/^Block token/))
  await says(/blocked\s+by an administrator/)
  t.equal(await status(), 401)
  await hands.press(button(/^Unblock token/))
  await says('The token is no longer blocked.')
  t.equal(await status(), 200)

  // A role is taken away
  await hands.press(page.getByLabel('user', { exact: true }))
  await hands.press(button('Change roles'))
  await says('The roles were changed.')
  t.equal(await status(), 403)

  // A bad password is refused beside its field, a good one taken
  await hands.type(page.getByLabel('New password'), 'too short')
  await hands.press(button('Set password'))
  await says('New password must have at least 15 characters')
  t.equal(await page.getByLabel('New password').inputValue(), '')
  await hands.type(page.getByLabel('New password'), 'a long and quiet evening')
  await hands.press(button('Set password'))
  await says('ada has a new password.')
  t.equal(await status(), 401)

  await hands.press(button('Disable'))
  await says('disabled')
  await hands.press(button('Enable'))
  await says('Enabled.')

  // Found, and deleted after a question
  await hands.press(link('Users'))
  await hands.type(page.getByLabel('Name contains'), 'AD')
  await hands.press(button('Search'))
  await hands.press(link('ada'))
  await hands.press(link('Delete …'))
  await says('Delete ada?')
  await hands.press(button('Delete ada'))
  await says('ada was deleted.')
  t.equal(await link('ada').count(), 0)

  // A role comes and goes
  await hands.press(link('Roles'))
  await hands.type(page.getByLabel('Name'), 'Night-Shift')
  await hands.press(button('Add role'))
  await hands.press(button('Delete the role night-shift'))
  await says('The role night-shift was deleted.')

  await hands.press(link('Your account'))
  await says('this session')
  await hands.press(button('Sign out'))
  t.equal(await page.title(), 'Sign in – User management')
  await page.goBack()
  await page.goto('/account')
  t.equal(new URL(page.url()).pathname, '/login', 'and it is over')

  t.same(
    complaints.map((text) => text.replace(/.*(status of \d+).*/, '$1')),
    ['status of 400'],
    'the browser tells of the refused form, and complains of nothing else'
  )
}

/** A server with an administrator, and a page of a browser before it. */
async function open(t: Test, options: BrowserContextOptions = {}) {
  const { app, signIn } = await build(t)
  const admin = await addAccount(app.db, app.passwords, { username: 'grace', roles: ['admin'] })
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

async function signInOn(page: Page, account: { username: string; password: string }, hands = mouse): Promise<void> {
  await page.getByLabel('User name').clear()
  await hands.type(page.getByLabel('User name'), account.username)
  await hands.type(page.getByLabel('Password'), account.password)
  await hands.press(page.getByRole('button', { name: 'Sign in' }))
}

/** Presses the tab key until something has the focus, which must then be visible. Throws when it cannot be reached. */
async function tabTo(target: Locator): Promise<void> {
  const page = target.page()
  for (let presses = 0; presses < 100; presses++) {
    if ((await target.and(page.locator(':focus-visible')).count()) === 1 && (await page.evaluate(OUTLINE)) !== 'none')
      return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${target}`)
}

/** What axe-core finds wrong with a page. */
async function violations(page: Page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await axe.run({ runOnly: tags })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}
