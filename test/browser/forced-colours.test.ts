// Forced colours, as Windows has them for people who need high contrast: the browser replaces all colours of the pages.

import t from 'tap'
import { signInAs } from '../support/app.ts'
import { startBrowser } from './browser.ts'
import { addRequests, styles } from './measures.ts'
import { openSite, signInInBrowser } from './site.ts'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('with forced colours, only the current item of the navigation is underlined', async (t) => {
  const { page, admin } = await openSite(t, browser, { forcedColors: 'active' })
  await page.goto('/login')
  await signInInBrowser(page, admin)
  await page.goto('/')
  const [ground] = await styles(page, 'header', 'backgroundColor')
  const [current] = await styles(page, 'nav[aria-label=Pages] [aria-current]', 'borderBottomColor')
  t.not(current, ground, 'the current item is underlined')
  const others = await styles(page, 'nav[aria-label=Pages] a:not([aria-current])', 'borderBottomColor')
  t.ok(others.length >= 4)
  t.same([...new Set(others)], [ground], 'the others have a line that nobody sees')
})

t.test('with forced colours, nothing is shown by a colour alone, and every page shows the focus', async (t) => {
  const { app, page, admin } = await openSite(t, browser, { forcedColors: 'active' })
  const anna = await app.accounts.add({ username: 'anna', roles: ['user'] })
  await signInAs(app, anna)
  await addRequests(app)
  await page.goto('/login')
  await signInInBrowser(page, admin)
  const [ground = ''] = await styles(page, 'header', 'backgroundColor')
  for (const address of [
    ...['/overview', '/', '/users/new', '/sessions', '/activity', '/roles', '/account'],
    ...['', '/disable', '/delete', '/sign-out', '/password/generate'].map((part) => `/users/${anna.id}${part}`),
    `/chosen-users?action=disable&id=${anna.id}`
  ]) {
    await page.goto(address)
    for (const boxes of ['.tag', '.this', '.notice', '.panel', 'main button', 'main .button', 'main input', '.tile']) {
      for (const color of await styles(page, `${boxes}:not([type=hidden])`, 'borderTopColor'))
        t.not(color, ground, `${address}: ${boxes} has a border`)
      for (const width of await styles(page, `${boxes}:not([type=hidden], [type=checkbox])`, 'borderTopWidth'))
        t.not(width, '0px', `${address}: ${boxes} has a border`)
    }
    for (const sign of await page.locator('.state > span:first-child').allInnerTexts()) t.match(sign, /[●○✕]/)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    const [outline] = await styles(page, ':focus-visible', 'outlineColor')
    t.ok(outline && outline !== ground, `${address}: the focus has an outline`)
  }
  await page.goto('/overview')
  const [answered] = await styles(page, '.answered', 'fill')
  const [refused] = await styles(page, '.refused', 'fill')
  t.equal(new Set([ground, answered, refused]).size, 3, 'the bars of the chart can be told apart')
})
