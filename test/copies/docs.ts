// The recipes of docs/, followed to the letter, one after the other in the same copy.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generated } from '../support/generated.ts'
import { execute, startServer } from '../support/process.ts'
import { copy, lint, run } from './copy.ts'
import { databasesOf, query } from './databases.ts'
import { followPage } from './snippets.ts'

/** The recipes that do not build on the room. The limit is last, because tests send more requests than it allows. */
const RECIPES = [
  'docs/adding-a-plugin.md',
  'docs/adding-an-admin-page.md',
  'docs/adding-a-job.md',
  'docs/logging-another-column.md',
  'docs/renaming.md',
  'docs/limiting-requests.md'
]

t.test('the recipes of docs/ work as they say', async (t) => {
  const folder = await copy(t)

  await t.test('a resource that is added by hand is the one that the command writes, and works', async (t) => {
    await followPage(t, folder, 'docs/adding-a-resource.md')
    const files = generated('room', 'name:text(100) beds:integer opened_on:date? cleaned_at:instant? keeper:ref(user)?')
    for (const path of ['src/tables/room.ts', 'routes/api/room/schema.ts', 'routes/api/room/index.ts']) {
      t.equal(readFileSync(join(folder, path), 'utf8'), files.get(path), path)
    }

    const server = await startServer(t, { DEMO: 'true', DATABASE_URL: `file:${folder}/demo.db` }, { root: folder })
    const client = await execute(process.execPath, ['rooms.ts'], { cwd: folder, env: { BASE_URL: server.url } })
    t.same(client, { code: 0, output: '1 Blue 3\nAccess token revoked\n' })
    const readme = readFileSync(join(folder, 'client/README.md'), 'utf8')
    const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, snippet = '']) => snippet).join('\n')
    writeFileSync(join(folder, 'readme.ts'), snippets.replaceAll('http://localhost:5000', server.url))
    t.same(await execute(process.execPath, ['readme.ts'], { cwd: folder, env: {} }), {
      code: 0,
      output: `200 2 undefined
Somebody was faster. Read the room again.
Blue 3
Access token revoked
`
    })
    writeFileSync(join(folder, 'readme.json'), '{ "extends": "./tsconfig.json", "include": ["rooms.ts", "readme.ts"] }')
    await run(t, folder, 'node_modules/.bin/tsc', '-p', 'readme.json')
    for (const file of ['readme.json', 'tokens.json']) rmSync(join(folder, file))
    rmSync(join(folder, 'readme.ts'))
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0)
  })

  await t.test('a table with rows is changed on both engines', async (t) => {
    const { urls, migrate } = await databasesOf(t, folder, 'rooms')
    await migrate()
    for (const database of urls) await query(database, "insert into room (name, beds) values ('Blue', 2)")
    await followPage(t, folder, 'docs/changing-a-table.md')
    await migrate()
    for (const database of urls) {
      t.strictSame(await query(database, 'select name, beds, floor from room'), [{ name: 'Blue', beds: 2, floor: 0 }])
      await t.rejects(query(database, "insert into room (name, beds) values ('Red', 2)"), 'a room without floor')
    }
    await followPage(t, folder, 'docs/adding-a-field.md')
    await migrate()
    for (const database of urls) {
      t.strictSame(await query(database, 'select kind, code from room'), [{ kind: 'office', code: null }])
      await t.rejects(query(database, "insert into room (name, beds, floor, kind) values ('Red', 2, 0, null)"))
    }
  })

  for (const page of RECIPES) {
    await t.test(`${page} works as it says`, async (t) => {
      await followPage(t, folder, page)
    })
  }

  await t.test('what all pages have added has the right form and types', async (t) => {
    await run(t, folder, 'npm', 'run', 'format')
    await lint(t, folder)
  })
})
