// Notices of forms that one session sends at the same time.

import t from 'tap'
import { build, buildOn } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'
import { shownPassword } from '../support/page-content.ts'
import { type Visitor, visitor } from '../support/pages.ts'
import { openWindow } from './web-sessions.ts'

t.test('if two forms of one session are sent at once, both notices are shown, each with its password', async (t) => {
  const one = await build(t)
  const other = await buildOn(t, one.env)
  const browser = visitor(one.app)
  await browser.signIn(await one.signIn('admin'))
  const elsewhere = openWindow(browser, other.app)

  for (let round = 0; round < 5; round++) {
    const { _csrf = '' } = (await browser.form('/account', '/logout')).fields
    const names = [`ada-${round}`, `eva-${round}`]
    const add = (window: Visitor, username = '') => window.send('POST', '/users/new', { _csrf, username, password: '' })
    const added = await Promise.all([add(browser, names[0]), add(elsewhere, names[1])])
    t.strictSame(
      added.map(({ statusCode }) => statusCode),
      [302, 302]
    )

    const pages = await Promise.all([browser.get('/account'), elsewhere.get('/account')])
    const notices = pages.flatMap(({ payload }) => [...payload.matchAll(/<div class="notice".*?<\/div>/gs)]).map(String)
    t.equal(notices.length, 2, 'each notice is shown once')
    for (const username of names) {
      const password = shownPassword(notices.find((html) => html.includes(username)) ?? '') ?? ''
      const status = await loginStatus(one.app, username, password)
      t.equal(status, 200, `${username} has the password that the notice shows`)
    }
    t.notMatch((await browser.get('/account')).payload, 'class="secret"')
  }
})
