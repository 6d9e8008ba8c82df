// The page of roles: who has each role, what it may call, and adding one.

import { eq } from 'drizzle-orm'
import t from 'tap'
import adminUi from '../../plugins/admin-ui/index.ts'
import adminPages from '../../routes/admin/index.ts'
import { loadConfig } from '../../src/config.ts'
import { role } from '../../src/tables/account.ts'
import { build, buildAround, environment } from '../support/app.ts'
import { fieldErrors, formToken, redirectTarget, table } from '../support/page-content.ts'
import { forms, text } from '../support/pages.ts'
import { insertAccount, openAs, openAsAdministrator } from './inserted-accounts.ts'

const server = await build(t)
const { app, db } = server
const admin = await openAs(server, (await insertAccount(server, 'grace', 'admin', 'user')).id)
await insertAccount(server, 'anna', 'user')

t.test(
  'the page shows who has each role, what it may do with which resource, and every route that it may call',
  async (t) => {
    const html = (await admin.get('/roles')).payload
    // The policies of a project's own routes can name more roles, which no user here has.
    t.strictSame(
      table(html)
        .filter(({ Users }) => Users !== '0')
        .map(({ Role, Users }) => [Role, Users]),
      [
        ['admin', '1'],
        ['user', '2']
      ]
    )
    t.match(html, /<a href="\/\?role=user"[^>]*>2<\/a>/, 'the count leads to the users with the role')
    t.match(table(html).find(({ Role }) => Role === 'user')?.May, /\bsample read add change delete\b/)
    t.match(
      table(html).find(({ Role }) => Role === 'admin')?.May,
      /^these pages read – change – their own account read – change –/
    )
    const rows = [...html.matchAll(/<tr\b.*?<\/tr>/gs)].map(String).slice(1)
    for (const row of rows) {
      const name = table(row)[0]?.Role ?? ''
      const shown = [...row.matchAll(/<code>([^<]*)<\/code> <span class="methods">([^<]*)</g)].flatMap(
        ([, path, methods = '']) => methods.split(', ').map((method) => `${method} ${path}`)
      )
      const allowed = app
        .routePolicies()
        .filter(({ policy }) => Array.isArray(policy) && policy.includes(name))
        .map(({ method, path }) => `${method} ${path}`)
      t.strictSame(shown.sort(), allowed.sort(), `what ${name} may call`)
      t.ok(shown.length >= 8, 'at least the routes of a resource')
    }
  }
)

t.test('a role is added under its name in lower case; a bad or existing name is rejected', async (t) => {
  const before = (await db.select().from(role)).length
  t.equal(redirectTarget(await admin.submit('/roles', '/roles', { name: ' Nurse-2_b ' })), '/roles')
  const after = (await admin.get('/roles')).payload
  t.match(text(after), 'The role nurse-2_b was added.')
  const added = table(after).find(({ Role }) => Role === 'nurse-2_b')
  t.hasStrict(added, { Role: 'nurse-2_b', Users: '0', May: 'nothing until a route allows it' })

  const nameRule = /must have 1 to 32 characters: letters a to z/
  for (const [name, status, error] of [
    ['', 400, nameRule],
    [' ', 400, nameRule],
    ['2nd', 400, nameRule],
    ['head nurse', 400, nameRule],
    ['närse', 400, nameRule],
    ['a\u200b', 400, nameRule],
    ['x'.repeat(33), 400, nameRule],
    ['x'.repeat(1001), 400, /at most 1000 characters/],
    ['<b>', 400, nameRule],
    ['__proto__', 400, nameRule],
    ['NURSE-2_B', 409, /^✕ This role already exists$/],
    ['Admin', 409, /^✕ This role already exists$/]
  ] as const) {
    const refused = await admin.submit('/roles', '/roles', { name })
    t.equal(refused.statusCode, status, name.slice(0, 40))
    t.match(fieldErrors(refused.payload), { name: error })
    t.equal(forms(refused.payload).find(({ action }) => action === '/roles')?.fields.name, name)
  }
  t.equal((await db.select().from(role)).length, before + 1)
})

t.test('a role that the policy of a route names is listed, and cannot be deleted', async (t) => {
  const env = await environment(t)
  const config = loadConfig(env)
  const app = await buildAround(t, env, (scope) => {
    scope.register(async (exhibits) => {
      exhibits.allow('curator')
      exhibits.subject('none')
      exhibits.guard(exhibits.authenticate)
      exhibits.get('/exhibit', { schema: { response: { 200: { type: 'string' } } } }, async () => 'an exhibit')
    })
    scope.register(async (pages) => {
      pages.register(adminUi, { config })
      pages.register(adminPages, { config })
    })
  })
  const admin = await openAsAdministrator({ app, db: app.db, config })

  const html = (await admin.get('/roles')).payload
  const row = table(html).find(({ Role }) => Role === 'curator')
  t.match(row, { Role: 'curator', Users: '0', May: /^exhibit read – – – Paths .*\/exhibit GET, HEAD$/ })
  const [curator] = await app.db.select().from(role).where(eq(role.name, 'curator'))
  const action = `/roles/${curator?.id}/delete`
  t.notOk(forms(html).some((form) => form.action === action))
  const refused = await admin.send('POST', action, { _csrf: await formToken(admin) })
  t.equal(refused.statusCode, 409)
  t.match(text(refused.payload), 'The server or one of its routes needs this role')
})
