// The layout of the pages: the navigation, long names, and browsers and media that are out of the ordinary.

import t from 'tap'
import { signInAs } from '../support/app.ts'
import { startBrowser } from './browser.ts'
import { addRequests, styles } from './measures.ts'
import { openSite, signInInBrowser } from './site.ts'

const LONG = 'an-uncommonly-long-name-of-sixty-characters-without-a-blank'
const RIGHT_TO_LEFT = 'שלום עולם شخص باسم طويل جدا يكتب من اليمين الى اليسار'
const A4 = { width: 794, height: 1123 }
const WIDTHS = [320, 360, 768, 993, 1000, 1024, 1085, 1170, 1201, 1440]
// Script as text, because the tests have the types of Node, which has no document.
const WIDTH_OF_PAGE = 'document.documentElement.scrollWidth'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('the navigation shows where one is, also on the pages below its items', async (t) => {
  const { app, page, admin } = await openSite(t, browser)
  const { id } = await app.accounts.add({ username: 'anna', roles: [] })
  await page.goto('/login')
  await signInInBrowser(page, admin)
  for (const [address, item, value] of [
    ['/overview', 'Overview', 'page'],
    ['/', 'Users', 'page'],
    ['/?page=2', 'Users', 'page'],
    ['/users/new', 'Users', 'true'],
    [`/users/${id}`, 'Users', 'true'],
    [`/users/${id}/delete`, 'Users', 'true'],
    [`/chosen-users?id=${id}`, 'Users', 'true'],
    ['/sessions', 'Sessions', 'page'],
    ['/activity?view=refused', 'Activity', 'page'],
    ['/roles', 'Roles', 'page'],
    ['/account', 'Your account', 'page'],
    ['/account/sign-out', 'Your account', 'true']
  ] as const) {
    await page.goto(address)
    const current = page.locator('header [aria-current]')
    t.equal(await current.count(), 1, address)
    t.match(await current.innerText(), item, address)
    t.equal(await current.getAttribute('aria-current'), value, address)
  }
  await page.goto('/activity')
  await page.locator('tbody th a').first().click()
  t.equal(await page.locator('nav [aria-current=true]').innerText(), 'Activity')
})

t.test('long names, and names from right to left, fit into windows of every width', async (t) => {
  const { app, page, admin } = await openSite(t, browser)
  const ids: number[] = []
  for (const username of [LONG, RIGHT_TO_LEFT, 'w'.repeat(64)]) {
    const account = await app.accounts.add({ username, roles: ['user', 'admin', 'auditor'] })
    ids.push(account.id)
    for (let count = 0; count < 3; count++) await signInAs(app, account)
    await page.goto('/login')
    await signInInBrowser(page, account)
    await page.getByRole('button', { name: 'Sign out' }).click()
  }
  await page.goto('/login')
  await signInInBrowser(page, admin)
  const addresses = ['/overview', '/', '/sessions', '/activity', '/roles', '/account', '/users/new']
  for (const id of ids) addresses.push(`/users/${id}`, `/users/${id}/delete`)
  addresses.push(`/chosen-users?action=disable&${ids.map((id) => `id=${id}`).join('&')}`)
  for (const address of addresses) {
    await page.goto(address)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      t.equal(await page.evaluate(WIDTH_OF_PAGE), width, `${address} at ${width} px`)
    }
  }
})

t.test('on a phone, what needs somebody is above the chart, and the hours of the chart can be read', async (t) => {
  const { app, page, admin } = await openSite(t, browser)
  await addRequests(app)
  await page.goto('/login')
  await signInInBrowser(page, admin)
  const places = async () => {
    const boxes = ['#needs-title', '#requests-title', '#changes-title', '#server-title'].map((id) =>
      page.locator(id).boundingBox()
    )
    return (await Promise.all(boxes)).map((box) => box ?? { x: 0, y: 0 })
  }
  await page.setViewportSize({ width: 360, height: 800 })
  const narrow = (await places()).map(({ y }) => y)
  t.strictSame(
    narrow,
    narrow.toSorted((a, b) => a - b),
    'one below the other'
  )
  const sizes = await styles(page, '.hours span', 'fontSize')
  t.equal(sizes.length, 6)
  for (const size of sizes) t.ok(Number.parseFloat(size) >= 12, size)

  await page.setViewportSize({ width: 1440, height: 800 })
  const [needs, requests, changes, server] = await places()
  t.ok(needs && requests && needs.x > requests.x && needs.y === requests.y, 'beside the chart')
  t.ok(changes && server && server.x > changes.x)
})

t.test('a browser without light-dark() shows the borders of fields and buttons', async (t) => {
  const { page, admin } = await openSite(t, browser)
  await page.route('**/style.css', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replaceAll('light-dark(', 'not-known(') })
  })
  await page.goto('/login')
  await signInInBrowser(page, admin)
  await page.goto('/')
  for (const element of ['main input[type=search]', 'main select', 'main button', 'header button']) {
    for (const [index, width] of (await styles(page, element, 'borderTopWidth')).entries()) {
      t.equal(width, '1px', element)
      const [border] = (await styles(page, element, 'borderTopColor')).slice(index)
      t.not(border, (await styles(page, 'main', 'color'))[0], `${element} has a border of its own colour`)
    }
  }
})

t.test('a printed page has no navigation and no forms, and is black on white', async (t) => {
  const { app, page, admin } = await openSite(t, browser, { colorScheme: 'dark' })
  const anna = await app.accounts.add({ username: 'anna', roles: ['user'] })
  await signInAs(app, anna)
  await page.goto('/login')
  await signInInBrowser(page, admin)
  await page.setViewportSize(A4)
  for (const address of ['/overview', '/', '/sessions', '/activity', '/account', '/roles', `/users/${anna.id}`]) {
    await page.goto(address)
    await page.emulateMedia({ media: 'print' })
    t.equal(await page.evaluate(WIDTH_OF_PAGE), A4.width, `${address} fits on paper`)
    for (const element of ['nav', 'input:not([type=hidden])', 'select', 'button']) {
      for (const one of await page.locator(element).all()) t.notOk(await one.isVisible(), `${address}: ${element}`)
    }
    t.ok(await page.getByRole('heading', { level: 1 }).isVisible())
    const tables = page.locator('table:not(details *)')
    if (await tables.count()) t.ok(await tables.first().isVisible(), `${address}: the table`)
    t.same(await styles(page, 'html', 'backgroundColor'), ['rgb(255, 255, 255)'])
    t.same(
      [...new Set(await styles(page, 'main, main td, main th, main td a, main th a', 'color'))],
      ['rgb(0, 0, 0)'],
      address
    )
    await page.emulateMedia({ media: 'screen' })
  }
})
