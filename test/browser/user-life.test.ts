// An administrator adds, changes and deletes a user in a real browser: with the mouse, and by keyboard without JavaScript.

import type { BrowserContextOptions } from 'playwright-core'
import t, { type Test } from 'tap'
import { type Caller, signInAs } from '../support/app.ts'
import { startBrowser } from './browser.ts'
import { type Hands, keyboard, mouse, openSite, type Site, signInInBrowser } from './site.ts'

const browser = await startBrowser()
t.teardown(() => browser.close())

t.test('an administrator manages a user with the mouse', (t) => lifeOfUser(t, mouse))
t.test('an administrator manages a user by keyboard alone, without JavaScript [F25]', (t) =>
  lifeOfUser(t, keyboard, { javaScriptEnabled: false })
)

async function lifeOfUser(t: Test, hands: Hands, options: BrowserContextOptions = {}) {
  const site = await openSite(t, browser, options)
  await site.page.goto('/')
  t.equal(new URL(site.page.url()).pathname, '/login', 'a stranger is asked to sign in')
  await signInInBrowser(site.page, site.admin, hands)

  const story = { t, hands, ...site, ...look(t, site) }
  const ada = await addUser(story)
  await blockAndUnblockToken(story, ada)
  await removeRole(story, ada)
  await setPassword(story, ada)
  await disableAndEnable(story)
  await findAndDelete(story)
  await addAndDeleteRole(story)
  await signOut(story)

  t.same(
    site.complaints.map((text) => text.replace(/.*(status of \d+).*/, '$1')),
    ['status of 400'],
    'the browser reports the rejected password, and complains about nothing else'
  )
}

type Story = { t: Test; hands: Hands } & Site & ReturnType<typeof look>

/** Returns how the story finds buttons, links and texts on a page. */
function look(t: Test, { page }: Site) {
  return {
    button: (name: string | RegExp) => page.getByRole('button', { name }),
    link: (name: string) => page.getByRole('link', { name, exact: true }),
    box: (name: string) => page.getByLabel(name, { exact: true }),
    says: async (text: string | RegExp) => t.match(await page.locator('main').innerText(), text)
  }
}

async function addUser({ t, hands, app, page, box, button, link, says }: Story): Promise<Caller> {
  await hands.press(link('Users'))
  await hands.press(link('Add a user'))
  await hands.type(page.getByLabel('User name'), 'Ada')
  await hands.press(box('user'))
  await hands.press(button('Add user'))
  await says('ada was added, with this password:')
  const password = await page.locator('.secret').innerText()
  const ada = await signInAs(app, { id: 0, username: 'ada', password })
  await page.reload()
  t.equal(await page.locator('.secret').count(), 0, 'the password is shown once')
  return ada
}

async function blockAndUnblockToken({ t, hands, page, button, says }: Story, ada: Caller): Promise<void> {
  t.equal(await statusFor(ada), 200)
  await hands.press(button(/^Sign out lightMyRequest/))
  await says(/blocked\s+by an administrator/)
  t.equal(await page.evaluate('document.activeElement.id'), 'devices-notice', 'the focus is on what was done')
  t.equal(await statusFor(ada), 401)
  await hands.press(button(/^Unblock lightMyRequest/))
  await says('The token was unblocked.')
  t.equal(await statusFor(ada), 200)
}

async function removeRole({ t, hands, box, button, says }: Story, ada: Caller): Promise<void> {
  await hands.press(box('user'))
  await hands.press(button('Change roles'))
  await says('The roles were changed.')
  t.equal(await statusFor(ada), 403)
}

async function setPassword({ t, hands, page, button, says }: Story, ada: Caller): Promise<void> {
  await hands.type(page.getByLabel('New password'), 'too short')
  await hands.press(button('Set password'))
  await says('New password must have at least 15 characters')
  t.equal(await page.getByLabel('New password').inputValue(), '')
  await hands.type(page.getByLabel('New password'), 'a long and quiet evening')
  await hands.press(button('Set password'))
  await says('ada has a new password.')
  t.equal(await statusFor(ada), 401)
}

async function disableAndEnable({ hands, button, link, says }: Story): Promise<void> {
  await hands.press(link('Disable …'))
  await says('Disable ada?')
  await hands.press(button('Disable ada'))
  await says('The account was disabled.')
  await hands.press(button('Enable'))
  await says('The account was enabled.')
}

async function findAndDelete({ t, hands, page, button, link, says }: Story): Promise<void> {
  await hands.press(link('Users'))
  await hands.type(page.getByLabel('Name', { exact: true }), 'AD')
  await hands.press(button('Search'))
  await hands.press(link('ada'))
  await hands.press(link('Delete …'))
  await says('Delete ada?')
  await hands.press(button('Delete ada'))
  await says('ada was deleted.')
  t.equal(await link('ada').count(), 0)
}

async function addAndDeleteRole({ hands, page, button, link, says }: Story): Promise<void> {
  await hands.press(link('Roles'))
  await hands.type(page.getByLabel('Name'), 'Night-Shift')
  await hands.press(button('Add role'))
  await hands.press(button('Delete the role night-shift'))
  await says('The role night-shift was deleted.')
}

async function signOut({ t, hands, page, button, says }: Story): Promise<void> {
  await hands.press(page.getByRole('link', { name: 'Your account' }))
  await says('this session')
  await hands.press(button(/^Sign out$/))
  t.equal(await page.title(), 'Sign in – User management')
  await page.goBack()
  await page.goto('/account')
  t.equal(new URL(page.url()).pathname, '/login', 'the session has ended')
}

/** Returns the status that the API gives the user. */
async function statusFor(user: Caller): Promise<number> {
  return (await user.get('/api/sample/')).statusCode
}
