// Every page keeps the rules of WCAG 2.2 AA, in light and dark, and fits into windows of every width.

import t from 'tap'
import { addRole } from '../../plugins/admin-ui/role-list.ts'
import { signInAs } from '../support/app.ts'
import { startBrowser } from './browser.ts'
import { openSite, signInInBrowser } from './site.ts'
import { violations } from './violations.ts'

const WIDTHS = [320, 360, 700, 1000, 1080, 1160, 1600]
const SCHEMES: Record<number, 'light' | 'dark'> = { 360: 'dark', 1600: 'light' }
// Script as text, because the tests have the types of Node, which has no document.
const WIDTH_OF_PAGE = 'document.documentElement.scrollWidth'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('no page breaks a rule of WCAG 2.2 AA or is wider than its window, in light or dark', async (t) => {
  const { app, page, complaints, admin, signIn } = await openSite(t, browser)
  const user = await signIn('user')
  await addRole(app.db, 'night-shift')
  await signInAs(app, user)
  await app.inject({ method: 'DELETE', url: '/api/auth/', headers: { authorization: `Bearer ${user.refresh_token}` } })

  const inspect = async (name: string) => {
    await page.waitForLoadState('load') // until its style sheet applies
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
  await inspect('sign-in')
  await signInInBrowser(page, { username: 'nobody', password: 'wrong' })
  await inspect('sign-in rejected')
  await signInInBrowser(page, admin)
  await inspect('users')
  await page.goto('/users/new')
  await inspect('new user')
  await page.getByLabel('User name').fill(user.username)
  await page.getByRole('button', { name: 'Add user' }).click()
  await inspect('new user rejected')
  for (const [name, address] of [
    ['no user found', '/?q=nobody-has-this-name'],
    ['overview', '/overview'],
    ['users, sorted and filtered', '/?role=user&state=enabled&sort=-last'],
    ['users to disable', `/chosen-users?action=disable&id=${user.id}&id=${admin.id}`],
    ['no user chosen', '/chosen-users?action=disable'],
    ['sessions', '/sessions'],
    ['no session found', '/sessions?user=nobody-has-this-name'],
    ['user', `/users/${user.id}`],
    ['own user', `/users/${admin.id}`],
    ['delete', `/users/${user.id}/delete`],
    ['activity', '/activity'],
    ['activity, invalid filter', '/activity?record=nobody&view=refused'],
    ['no activity found', '/activity?user=nobody-has-this-name'],
    ['account', '/account'],
    ['error', '/users/999999']
  ] as const) {
    await page.goto(address)
    await inspect(name)
  }
  for (const question of ['disable', 'password/generate', 'sign-out']) {
    await page.goto(`/users/${user.id}/${question}`)
    await inspect(question)
  }
  await page.goto(`/users/${user.id}/password/generate`)
  await page.getByRole('button', { name: 'Generate a password' }).click()
  await inspect('new password shown')
  for (const summary of await page.locator('summary').all()) await summary.click()
  await inspect('user with its devices unfolded')
  await page.getByLabel('admin').check()
  await page.getByRole('button', { name: 'Change roles' }).click()
  await inspect('asked before the role admin is given')
  await page.goto(`/users/${user.id}`)
  await app.accounts.setRoles(user.id, ['user', 'night-shift'])
  await page.getByLabel('admin').check()
  await page.getByRole('button', { name: 'Change roles' }).click()
  await inspect('roles that somebody else has changed')
  await page.goto('/activity')
  await page.locator('tbody th a').first().click()
  await inspect('one request')
  await page.goto('/roles')
  for (const summary of await page.locator('summary').all()) await summary.click()
  await inspect('roles')
  const unexpected = complaints.filter((text) => !/status of 40[0149]/.test(text))
  t.same(unexpected, [], 'the browser complains about nothing')
})
