// Eight things that an administrator does every day, on a site with 500 users. Each begins on the overview, and reads as what
// somebody who has never seen the site would do. `clicks` counts the clicks.

import type { Locator } from 'playwright-core'
import t, { type Test } from 'tap'
import { insertAccounts, insertTokens, PASSWORD } from '../admin-ui/inserted-accounts.ts'
import { signInAs } from '../support/app.ts'
import { login, loginStatus } from '../support/logins.ts'
import { startBrowser } from './browser.ts'
import { openSite, signInInBrowser } from './site.ts'

const FIRST = ['anna', 'bert', 'chiara', 'dmitri', 'élodie', 'fatima', 'günther', 'jana', 'kofi', 'zoë']
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('add a user with a role', async (t) => {
  const { app, page, click, says } = await openOverview(t)
  await click(page.getByRole('link', { name: 'Users', exact: true }))
  await click(page.getByRole('link', { name: 'Add a user' }))
  await page.getByLabel('User name').fill('Ada')
  await click(page.getByLabel('user', { exact: true }))
  await click(page.getByRole('button', { name: 'Add user' }))
  await says('ada was added, with this password:')
  const password = await page.locator('.secret').innerText()
  t.equal(await loginStatus(app, 'ada', password), 200, 'the password that is shown works')
})

t.test('hand over access: make somebody else the administrator, and give up the role', async (t) => {
  const { app, page, click, find, says, admin } = await openOverview(t)
  await click(await find('zoë 107'))
  await click(page.getByLabel('admin', { exact: true }))
  await click(page.getByRole('button', { name: 'Change roles' }))
  await says('Give zoë 107 the role admin?')
  await click(page.getByRole('button', { name: 'Give zoë 107 the role admin' }))
  await says('The roles were changed.')

  await click(await find('grace'))
  await click(page.getByLabel('admin', { exact: true }))
  await click(page.getByRole('button', { name: 'Change roles' }))
  await says('Give up your own role admin?')
  await click(page.getByRole('button', { name: 'Give up the role admin' }))
  await says('You have removed your own role admin, and are signed out.')
  t.strictSame((await app.accounts.find(admin.id)).roles, [])
  await signInInBrowser(page, { username: 'zoë 107', password: PASSWORD })
  await says('Needs you')
})

t.test('reset a password', async (t) => {
  const { app, page, click, find, says } = await openOverview(t)
  await click(await find('günther 103'))
  await click(page.getByRole('link', { name: 'Generate a password …' }))
  await says('Generate a new password for günther 103?')
  await click(page.getByRole('button', { name: 'Generate a password' }))
  await says('günther 103 has a new password.')
  const password = await page.locator('.secret').innerText()
  t.strictSame(
    [await loginStatus(app, 'günther 103', PASSWORD), await loginStatus(app, 'günther 103', password)],
    [401, 200]
  )
})

t.test('find one of 500', async (t) => {
  const { page, click, find, says, clicks } = await openOverview(t)
  await page.goto('/')
  await says('503 users, 1–50')
  await page.goto('/overview')
  await click(await find('121 ELODIE', 'élodie 121'))
  t.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'élodie 121')
  t.equal(clicks(), 1)
})

t.test('see who is signed in where', async (t) => {
  const { page, click, says } = await openOverview(t)
  await click(page.getByRole('link', { name: /devices signed in/ }))
  await says('5 devices are signed in')
  await page.getByLabel('User').fill('ivo')
  await page.keyboard.press('Enter')
  await says('3 devices are signed in')
  t.match(
    (await page.locator('tbody tr').allInnerTexts()).map((row) => row.replace(/\s+/g, ' ')).join('\n'),
    /ivo Safari on iPhone API token 198\.51\.100\.7/
  )
})

t.test('end one device', async (t) => {
  const { app, page, click, says, ivo } = await openOverview(t)
  const caller = await signInAs(app, ivo)
  await click(page.getByRole('link', { name: /devices signed in/ }))
  await click(page.getByRole('button', { name: /^End lightMyRequest of ivo/ }))
  await says('The token was blocked')
  t.equal((await caller.get('/api/sample/')).statusCode, 401)
})

t.test('sign out a user everywhere, with three clicks', async (t) => {
  const { app, page, click, says, ivo, clicks } = await openOverview(t)
  const caller = await signInAs(app, ivo)
  await click(page.getByRole('link', { name: /devices signed in/ }))
  await click(page.getByRole('link', { name: 'End all … of ivo' }).first())
  await says('4 devices are signed out at once')
  await click(page.getByRole('button', { name: 'Sign out ivo everywhere' }))
  await says('ivo is signed out everywhere.')
  t.equal((await caller.get('/api/sample/')).statusCode, 401)
  t.ok(clicks() <= 3, `${clicks()} clicks`)
})

t.test('unlock an account, with one click', async (t) => {
  const { app, page, click, says, ivo, clicks } = await openOverview(t)
  for (let count = 0; count < 2; count++) await login(app, { username: ivo.username, password: 'wrong' })
  t.equal(await loginStatus(app, ivo.username, ivo.password), 429)
  await page.reload()
  await click(page.getByRole('button', { name: 'Unlock ivo' }))
  await says('The account was unlocked.')
  t.equal(await loginStatus(app, ivo.username, ivo.password), 200)
  t.ok(clicks() <= 2, `${clicks()} clicks`)
})

/** Opens the overview of a site with 500 users, and one who is signed in on three devices. */
async function openOverview(t: Test) {
  const site = await openSite(t, browser, {}, { LOGIN_FAILURES: '2' })
  const { app, page, admin } = site
  const names = Array.from({ length: 500 }, (_, index) => `${FIRST[index % 10]} ${100 + Math.floor(index / 10)}`)
  await insertAccounts(app.db, names, ['user'])
  const [id = 0] = await insertAccounts(app.db, ['ivo'], ['user'])
  const [other = 0] = await insertAccounts(app.db, ['jo'], ['user'])
  await insertTokens(app.db, id, [{ user_agent: PHONE, address: '198.51.100.7' }, {}, {}])
  await insertTokens(app.db, other, [{}])
  await page.goto('/login')
  await signInInBrowser(page, admin)
  t.equal(new URL(page.url()).pathname, '/overview')

  let count = 0
  const says = (text: string) => page.locator('main').getByText(text).first().waitFor()
  return {
    ...site,
    ivo: { id, username: 'ivo', password: PASSWORD },
    says,
    clicks: () => count,
    async click(target: Locator) {
      count++
      await target.click()
    },
    /** Searches from the overview, and returns the link to the user. */
    async find(text: string, name = text) {
      await page.goto('/overview')
      await page.getByRole('searchbox', { name: 'Find a user' }).fill(text)
      await page.keyboard.press('Enter')
      await says('1 user')
      return page.locator('tbody').getByRole('link', { name, exact: true })
    }
  }
}
