// Every form needs the token of its session, so that no other site can send it.

import t from 'tap'
import { sessionKey } from '../../plugins/admin-ui/sessions.ts'
import { build, signInAs } from '../support/app.ts'
import { jtiOf } from '../support/tokens.ts'
import { addAdministrator, PASSWORD, signInOnPage } from './administrators.ts'
import { addTarget, formState } from './form-targets.ts'
import { BROWSER, isFormRefused } from './page-checks.ts'
import { sessionCookie } from './web-sessions.ts'

type Fields = Record<string, string | string[]>

const NEW_PASSWORD = 'another long and quiet evening'

const { app, db } = await build(t)

t.test('every form is rejected without the token of its session, and accepted with it [F7]', async (t) => {
  const target = await addTarget(app)
  const bystander = await addAdministrator(db)
  await signInOnPage(app, bystander)
  const own = await addAdministrator(db)
  const second = await signInOnPage(app, own)
  const ownKey = sessionKey(sessionCookie(second).split('.')[0] ?? '')
  const ownToken = jtiOf((await signInAs(app, own)).refresh_token)
  const admin = await signInOnPage(app, own, BROWSER)
  const posts: [path: string, fields: Fields][] = [
    ['/users/new', { username: `${target.username}-2`, password: '' }],
    ['/chosen-users/end-sign-ins', { id: String(bystander.id) }],
    ['/chosen-users/disable', { id: String(bystander.id) }],
    ['/roles', { name: 'added' }],
    ['/roles/:id/delete', {}],
    ['/users/:id/unlock', {}],
    ['/users/:id/roles', { roles: 'admin', seen: 'enabled admin user' }],
    ['/users/:id/tokens/:jti/block', {}],
    ['/users/:id/tokens/:jti/unblock', {}],
    ['/users/:id/sessions/:key/end', {}],
    ['/users/:id/sign-out', {}],
    ['/users/:id/tokens/unblock', {}],
    ['/users/:id/password', { password: NEW_PASSWORD }],
    ['/users/:id/password/generate', {}],
    ['/users/:id/disable', { _seen: 'enabled admin' }],
    ['/users/:id/enable', { _seen: 'disabled admin' }],
    ['/users/:id/delete', {}],
    ['/account/tokens/:jti/block', {}],
    ['/account/sessions/:key/end', {}],
    ['/account/sign-out', {}],
    ['/account/password', { old_password: PASSWORD, new_password: NEW_PASSWORD, repeated_password: NEW_PASSWORD }],
    ['/logout', {}]
  ]
  const routes = app.routePolicies().filter(({ method, session }) => session && method === 'POST')
  t.strictSame(
    routes.map(({ path }) => path).sort(),
    [...posts.map(([path]) => path), '/login', '/login/resume'].sort(),
    'every form of the pages is in the list'
  )

  for (const [path, fields] of posts) {
    const { _csrf = '' } = (await admin.form('/', '/logout')).fields
    const url = target.url(path.startsWith('/account') ? path.replace(':jti', ownToken).replace(':key', ownKey) : path)
    // For the button that signs out all devices.
    if (path === '/account/sign-out') await signInAs(app, own)
    const before = await formState(db)
    isFormRefused(t, await admin.send('POST', url, fields), `POST ${path} without a token`)
    t.strictSame(await formState(db), before, `POST ${path} without a token changes nothing`)
    const accepted = await admin.send('POST', url, { ...fields, _csrf })
    t.equal(accepted.statusCode, 302, `POST ${path} with a token`)
    t.strictNotSame(await formState(db), before, `POST ${path} with a token changes something`)
  }
})
