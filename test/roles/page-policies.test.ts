// Every page admits exactly the sessions that its policy names.

import type { InjectOptions } from 'fastify'
import t from 'tap'
import { build, execute, logRows } from '../support/app.ts'
import { type Visitor, visitor } from '../support/pages.ts'

const LOGIN = /^\/login(\?next=|\?ended$|$)/

const { app, accounts, db, signIn } = await build(t)
const pages = app.routePolicies().filter(({ session, policy }) => session && policy !== 'public')

t.test('a page admits the sessions of its roles, and neither strangers nor tokens [D1, B12]', async (t) => {
  const admin = await signIn('admin')
  const former = await signIn('admin', 'user')
  const [row] = await logRows(db)
  const place = String(row?.id)
  t.ok(pages.length > 20)

  const [member, allowed] = [visitor(app), visitor(app)]
  await member.signIn(former)
  await allowed.signIn(admin)
  for (const { method, path, policy } of pages) {
    const name = `${method} ${path}`
    const url = path
      .replace(':id', String(former.id))
      .replace(/:jti|:key/, 'none')
      .replace(':row', place)
    const visit = (browser: Visitor) =>
      browser.send(method as InjectOptions['method'], url, method === 'POST' ? {} : undefined)
    const toLogin = { statusCode: 302, headers: { location: LOGIN } }
    t.match(await visit(visitor(app)), toLogin, `${name} by a stranger`)
    const withToken = visitor(app, { authorization: `Bearer ${admin.access_token}` })
    t.match(await visit(withToken), toLogin, `${name} with a token`)

    await execute(db, `delete from user_role where user_id = ${former.id}`)
    const rejected = method === 'POST' || policy !== 'any account'
    t.equal((await visit(member)).statusCode, rejected ? 403 : 200, `${name} without the role`)
    await accounts.setRoles(former.id, ['admin', 'user'])

    if (method === 'POST') continue // rejected without a form token; other tests submit each form
    t.match(await visit(allowed), { statusCode: /^(200|302)$/ }, `${name} by an administrator`)
  }
})
