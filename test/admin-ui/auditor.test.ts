// An auditor reads the activity, keeps their own account, and reaches nothing else.

import t from 'tap'
import { access_log } from '../../src/tables/access-log.ts'
import { build, logRows } from '../support/app.ts'
import { forms, text, visitor } from '../support/pages.ts'

t.test('an auditor reaches the activity and their own account only', async (t) => {
  const { app, accounts } = await build(t)
  const account = await accounts.add({ username: 'otto', roles: ['auditor'] })
  const otto = visitor(app)
  const start = await otto.submit('/login', '/login', { username: 'otto', password: account.password })
  t.equal(start.headers.location, '/activity', 'the first page after signing in')
  t.equal((await otto.get('/login')).headers.location, '/activity')
  const page = await otto.get('/activity')
  t.equal(page.statusCode, 200)
  t.notMatch(page.payload, 'href="/roles"')
  t.match(page.payload, 'href="/account"')
  for (const url of [
    '/',
    '/users/new',
    '/sessions',
    '/chosen-users',
    '/users/users.csv',
    '/roles',
    `/users/${account.id}`,
    `/users/${account.id}/delete`
  ]) {
    t.equal((await otto.get(url)).statusCode, 403, url)
  }
  const own = await otto.get('/account')
  t.equal(own.statusCode, 200)
  const actions = forms(own.payload).map(({ action }) => action)
  const buttons = actions.map((action) => action.replace(/[\w-]{43}/, ':key'))
  t.strictSame(
    buttons,
    ['/logout', '/account/password', '/account/sessions/:key/end'],
    'no button that would be refused'
  )

  const changed = await otto.submit('/account', '/account/password', {
    old_password: account.password,
    new_password: 'seven quiet otters',
    repeated_password: 'seven quiet otters'
  })
  t.equal(changed.headers.location, '/account#password-notice')
})

t.test('an auditor who loses the role loses the pages at the next click', async (t) => {
  const { app, accounts } = await build(t)
  const account = await accounts.add({ username: 'otto', roles: ['auditor'] })
  const otto = visitor(app)
  await otto.signIn(account)
  await accounts.setRoles(account.id, ['user'])
  t.equal((await otto.get('/activity')).headers.location, '/login?next=%2Factivity')
  const refused = await otto.submit('/login', '/login', { username: 'otto', password: account.password })
  t.equal(refused.statusCode, 403, text(refused.payload))
})

t.test('reading the log is itself in the log, and the pages cannot change or remove a row [E14] [E17]', async (t) => {
  const { app, db, accounts } = await build(t)
  const otto = visitor(app)
  await otto.signIn(await accounts.add({ username: 'otto', roles: ['auditor'] }))
  await otto.get('/activity?user=anna')
  await otto.get('/activity/log.csv')
  const rows = (await logRows(db)).slice(-2)
  t.match(rows, [
    { username: 'otto', path: '/activity', action: 'read', roles: 'auditor' },
    { username: 'otto', path: '/activity/log.csv', action: 'read' }
  ])
  const methods = app.routePolicies().filter(({ path }) => path.startsWith('/activity'))
  t.same([...new Set(methods.map(({ method }) => method))].sort(), ['GET', 'HEAD'])
})

t.test(
  'the file for a spreadsheet has every matching row, and no cell that a spreadsheet would run [E16]',
  async (t) => {
    const { app, db, accounts } = await build(t)
    const otto = visitor(app)
    await otto.signIn(await accounts.add({ username: 'otto', roles: ['auditor'] }))
    const odd = ['=cmd()', '+1', '-1', '@a', 'plain', 'a,"b"']
    const rows = Array.from({ length: 1_200 }, (_, index) => ({
      time: '2020-01-01T00:00:00Z',
      username: odd[index % odd.length] as string,
      address: '192.0.2.1',
      method: 'GET',
      path: `/${index}`,
      status: 200,
      duration_ms: 1,
      request_id: 'id'
    }))
    for (let start = 0; start < rows.length; start += 200)
      await db.insert(access_log).values(rows.slice(start, start + 200))
    const { statusCode, headers, payload } = await otto.get('/activity/log.csv?address=192.0.2.1')
    t.equal(statusCode, 200)
    t.equal(headers['content-type'], 'text/csv; charset=utf-8')
    t.match(headers['content-disposition'], /^attachment; filename="activity-\d{4}-\d\d-\d\d\.csv"$/)
    const lines = payload.trimEnd().split('\r\n')
    t.equal(lines.length, 1_201)
    t.match(lines[0], /^id,time,username,/)
    const names = new Set(lines.slice(1).map((line) => /Z,("(?:[^"]|"")*"|[^,]*),/.exec(line)?.[1]))
    t.strictSame([...names].sort(), ["'+1", "'-1", "'=cmd()", "'@a", '"a,""b"""', 'plain'].sort())
    t.equal((await otto.get('/activity/log.csv?record=x')).statusCode, 302, 'an invalid filter is shown on the page')
  }
)
