// The pages in German, with a long name of the site: they are as accessible as in English, and fit into every window.

import t from 'tap'
import { signInAs } from '../support/app.ts'
import { startBrowser } from './browser.ts'
import { openSite } from './site.ts'
import { violations } from './violations.ts'

const WIDTHS = [320, 360, 1000, 1080, 1160, 1600]
// Script as text, because the tests have the types of Node, which has no document.
const WIDTH_OF_PAGE = 'document.documentElement.scrollWidth'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('pages in German break no rule of WCAG 2.2 AA and are not wider than their window', async (t) => {
  const env = {
    LANGUAGE: 'de',
    TIME_ZONE: 'America/Argentina/Buenos_Aires',
    SITE_NAME: 'Donaudampfschifffahrtsgesellschaft'.padEnd(60, 's')
  }
  const { page, admin, signIn, app } = await openSite(t, browser, { locale: 'de' }, env)
  const user = await signIn('user', 'auditor')
  await signInAs(app, admin)
  const inspect = async (name: string) => {
    await page.waitForLoadState('load')
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      t.equal(await page.evaluate(WIDTH_OF_PAGE), width, `${name} at ${width} px`)
    }
    t.same(await violations(page), [], name)
  }
  await page.goto('/login')
  await inspect('sign-in')
  await page.getByLabel('Benutzername').fill(admin.username)
  await page.getByLabel('Passwort').fill(admin.password)
  await page.getByRole('button', { name: 'Anmelden' }).click()
  for (const path of [
    ...[
      '/overview',
      '/',
      '/users/new',
      '/sessions',
      '/activity',
      '/activity?record=x',
      '/roles',
      '/account',
      '/users/9'
    ],
    ...['', '/disable', '/delete', '/password/generate', '/sign-out'].map((part) => `/users/${user.id}${part}`),
    `/chosen-users?action=disable&id=${user.id}`
  ]) {
    await page.goto(path)
    await inspect(path)
  }
  await page.goto('/activity')
  await page.locator('tbody th a').first().click()
  await inspect('one request')
  await page.goto('/roles')
  for (const summary of await page.locator('summary').all()) await summary.click()
  await inspect('roles')
})
