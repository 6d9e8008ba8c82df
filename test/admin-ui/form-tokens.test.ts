// Every form needs the token of its session, so that no other site can send it.

import t from 'tap'
import { build } from '../support/app.ts'
import { addAdministrator, PASSWORD, signInOnPage } from './administrators.ts'
import { addTarget, formState } from './form-targets.ts'
import { BROWSER, isFormRefused } from './page-checks.ts'

type Fields = Record<string, string | string[]>

const { app, db } = await build(t)

t.test('every form is rejected without the token of its session, and accepted with it [F7]', async (t) => {
  const target = await addTarget(app)
  const bystander = await addAdministrator(db)
  await signInOnPage(app, bystander)
  const admin = await signInOnPage(app, await addAdministrator(db), BROWSER)
  const posts: [path: string, fields: Fields][] = [
    ['/users/new', { username: `${target.username}-2`, password: '' }],
    ['/chosen-users/end-sign-ins', { id: String(bystander.id) }],
    ['/chosen-users/disable', { id: String(bystander.id) }],
    ['/roles', { name: 'added' }],
    ['/roles/:id/delete', {}],
    ['/users/:id/unlock', {}],
    ['/users/:id/roles', { roles: 'admin' }],
    ['/users/:id/tokens/:jti/block', {}],
    ['/users/:id/tokens/:jti/unblock', {}],
    ['/users/:id/tokens/block', {}],
    ['/users/:id/sessions/:key/end', {}],
    ['/users/:id/sessions/end', {}],
    ['/users/:id/password', { password: '' }],
    ['/users/:id/disable', {}],
    ['/users/:id/enable', {}],
    ['/users/:id/delete', {}],
    ['/account/password', { old_password: PASSWORD, new_password: 'another long and quiet evening' }],
    ['/logout', {}]
  ]
  const routes = app.routePolicies().filter(({ method, session }) => session && method === 'POST')
  t.strictSame(
    routes.map(({ path }) => path).sort(),
    [...posts.map(([path]) => path), '/login'].sort(),
    'every form of the pages is in the list'
  )

  for (const [path, fields] of posts) {
    const { _csrf = '' } = (await admin.form('/', '/logout')).fields
    const before = await formState(db)
    isFormRefused(t, await admin.send('POST', target.url(path), fields), `POST ${path} without a token`)
    t.strictSame(await formState(db), before, `POST ${path} without a token changes nothing`)
    const accepted = await admin.send('POST', target.url(path), { ...fields, _csrf })
    t.equal(accepted.statusCode, 302, `POST ${path} with a token`)
    t.strictNotSame(await formState(db), before, `POST ${path} with a token changes something`)
  }
})
