// SITE_NAME: what the pages are called.

import t from 'tap'
import { build } from '../support/app.ts'
import { foreignTags } from '../support/page-content.ts'
import { text, visitor } from '../support/pages.ts'
import { BROWSER } from './page-checks.ts'

t.test(
  'the name of the site is in the title and at the top of every page, also for strangers and errors',
  async (t) => {
    const { app, accounts } = await build(t, { SITE_NAME: 'Dr. Wéber & Söhne' })
    const admin = visitor(app)
    const titleOf = (html: string) => /<title>(.*)<\/title>/.exec(html)?.[1]
    const start = await admin.get('/login')
    t.equal(titleOf(start.payload), 'Sign in – Dr. Wéber &amp; Söhne')
    t.match(text(start.payload), 'Skip to content Dr. Wéber & Söhne administration Sign in')
    await admin.signIn(await accounts.add({ username: 'grace', roles: ['admin'] }))
    for (const path of ['/', '/overview', '/nowhere']) {
      const { payload } = await admin.get(path, BROWSER)
      t.match(titleOf(payload), / – Dr\. Wéber &amp; Söhne$/, path)
      t.match(text(payload), 'Skip to content Dr. Wéber & Söhne administration Overview', path)
    }
  }
)

t.test('a hostile name of the site is shown as text [F16]', async (t) => {
  const SITE_NAME = '</title><script>alert(1)</script>"><img src=x>{{7*7}}'
  const { app } = await build(t, { SITE_NAME })
  const { payload } = await visitor(app).get('/login')
  t.same(foreignTags(payload), [])
  t.match(text(payload), `${SITE_NAME} administration`)
})

t.test('without a name, the pages say what they are for', async (t) => {
  const { app } = await build(t)
  const { payload } = await visitor(app).get('/login')
  t.match(payload, '<title>Sign in – User management</title>')
  t.match(text(payload), 'Skip to content User management Sign in')
})
