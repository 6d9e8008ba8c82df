// Names that contain HTML and template syntax are shown as text, and the browser finds nothing that it must block.

import t from 'tap'
import { signInAs } from '../support/app.ts'
import { startBrowser } from './browser.ts'
import { openSite, signInInBrowser } from './site.ts'

const HOSTILE = `"><script>alert(1)</script>{{7*7}}`

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('a user name with markup is shown as text, and no script runs [F16]', async (t) => {
  const { app, page, complaints, admin } = await openSite(t, browser)
  const account = await app.accounts.add({ username: HOSTILE, roles: ['user'] })
  const { id } = await signInAs(app, account)
  await app.inject({ url: `/api/${encodeURIComponent(HOSTILE)}` })
  await page.goto('/login')
  await signInInBrowser(page, admin)
  for (const address of [
    '/',
    '/sessions',
    `/chosen-users?id=${id}`,
    `/?q=${encodeURIComponent(HOSTILE)}`,
    `/users/${id}`,
    `/users/${id}/delete`
  ]) {
    await page.goto(address)
    t.match(await page.locator('main').innerText(), HOSTILE, address)
  }
  await page.goto('/users/new')
  await page.getByLabel('User name').fill(HOSTILE)
  await page.getByRole('button', { name: 'Add user' }).click()
  t.equal(await page.getByLabel('User name').inputValue(), HOSTILE, 'the rejected form repeats it as text')
  const unexpected = complaints.filter((text) => !/status of 409/.test(text))
  t.same(unexpected, [], 'the browser complains about nothing')
})
