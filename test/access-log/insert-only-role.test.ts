// The server warns when it could change its own access log. On PostgreSQL, the role that docs/access-log.md describes cannot.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { migrate } from '../../src/database/migrations.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { build, buildOn, engine, execute, logRows } from '../support/app.ts'
import { loginStatus } from '../support/logins.ts'

const DOCS = join(import.meta.dirname, '../../docs/access-log.md')
const MAY_CHANGE = 'the role of DATABASE_URL may change and remove rows of the access log'

t.test('the server warns when nothing proves or protects its access log', async (t) => {
  const sealed = await build(t)
  t.equal(sealed.log().includes(MAY_CHANGE), engine === 'postgres')
  t.notMatch(sealed.log(), 'ACCESS_LOG_KEY is missing')
  const unsealed = await build(t, { ACCESS_LOG_KEY: '' })
  t.match(unsealed.log(), 'ACCESS_LOG_KEY is missing')
  const { ACCESS_LOG_KEY, ...without } = sealed.env
  await t.rejects(buildOn(t, without), /ACCESS_LOG_KEY is missing, and the access log of this database is sealed/)
})

if (engine === 'postgres') {
  t.test('a server with a role that may only add rows serves requests, and cannot change the log [E14]', async (t) => {
    const owner = await build(t)
    const role = `app_${Date.now()}`
    const [, recipe = ''] = /```sql\n([^`]+)```/.exec(readFileSync(DOCS, 'utf8')) ?? []
    await execute(owner.db, recipe.replaceAll(' app ', ` ${role} `).replaceAll(' app;', ` ${role};`))
    t.teardown(async () => {
      await execute(owner.db, `drop owned by ${role}; drop role ${role}`).catch(() => {})
    })
    await migrate(loadConfig(owner.env)) // as the owner, before the server starts: see the recipe
    const url = new URL(owner.env.DATABASE_URL ?? '')
    url.username = role
    url.password = 'a-long-password'
    const user = await owner.signIn('user')
    const server = await buildApp(loadConfig({ ...owner.env, DATABASE_URL: url.href }))
    t.teardown(() => server.close())
    t.equal(await server.db.connection.mayChange(access_log), false)
    t.equal(await loginStatus(server, user.username, user.password), 200)
    t.match((await logRows(server.db)).at(-1), { username: user.username, status: 200 })
    for (const change of ['update access_log set status = 1', 'delete from access_log', 'truncate access_log_seal']) {
      await t.rejects(execute(server.db, change), change)
    }
  })
}
