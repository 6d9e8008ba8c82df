// A form that is rejected shows none of the data of its page to somebody who may not see that page.

import t from 'tap'
import { build, execute } from '../support/app.ts'
import { visitor } from '../support/pages.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { addTarget, formState } from './form-targets.ts'
import { BROWSER, isPage } from './page-checks.ts'

type Fields = Record<string, string | string[]>

const { app, db } = await build(t)

t.test('a rejected form shows no data to strangers and former administrators [F7, F11]', async (t) => {
  const target = await addTarget(app)
  const [account, { username: bystander }] = [await addAdministrator(db), await addAdministrator(db)]
  const former = await signInOnPage(app, account, BROWSER)
  const { _csrf = '' } = (await former.form('/', '/logout')).fields
  await execute(db, `delete from user_role where user_id = ${account.id}`)
  const refusals: [name: string, fields: Fields, headers?: Record<string, string>, query?: string][] = [
    ['no token', {}],
    ['a token', { _csrf }],
    ['a field too many', { _csrf, nonsense: 'x' }],
    ['another origin', { _csrf }, { origin: 'https://evil.test' }],
    ['another site', { _csrf }, { 'sec-fetch-site': 'cross-site' }],
    ['another type', { _csrf }, { 'content-type': 'text/plain' }],
    ['a compressed body', { _csrf }, { 'content-encoding': 'gzip' }],
    ['a body too large', { _csrf, nonsense: 'x'.repeat(100_001) }],
    ['NUL in the address', { _csrf }, {}, '?x=%00']
  ]
  const secrets = [target.username, target.spareRole, target.jti, bystander, 'Last sign-in']
  const posts = app.routePolicies().filter(({ method, session }) => session && method === 'POST')
  const before = await formState(db)
  for (const { path } of posts.filter((route) => !/^\/log(in|out)$/.test(route.path))) {
    for (const [name, fields, headers, query = ''] of refusals) {
      for (const sender of [visitor(app, BROWSER), former]) {
        const response = await sender.send('POST', target.url(path) + query, fields, headers)
        t.match(response, { statusCode: /^(302|4..)$/ }, `POST ${path} with ${name}`)
        isPage(t, response)
        const shown = secrets.filter((data) => response.payload.includes(data))
        t.strictSame(shown, [], `POST ${path} with ${name} shows no data`)
      }
    }
  }
  t.strictSame(await formState(db), before, 'no row has changed')
})
