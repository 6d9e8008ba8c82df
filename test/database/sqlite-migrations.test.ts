// SQLite changes a table by copying its rows into a new one. Nothing is lost on the way, and old faults stop no start.

import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { migrate } from '../../src/database/migrations.ts'
import { emptyDatabase, engine } from '../support/app.ts'
import { folderWithOneMore } from './migrations.ts'
import { sqliteFile } from './statements.ts'

const TABLES = [
  'create table visit (id integer primary key autoincrement not null, note text)',
  'create table shift (id integer primary key autoincrement not null, note text)',
  'create table stay (id integer primary key, visit_id integer references visit (id))'
]
const REBUILD = [
  'create table __new_visit (id integer primary key autoincrement not null, note text not null)',
  'insert into __new_visit select * from visit',
  'drop table visit',
  'alter table __new_visit rename to visit',
  'drop table shift'
].join(';\n--> statement-breakpoint\n')

if (engine === 'sqlite') {
  t.test('an id is not used again after its table was rebuilt, even if the table was empty [L13]', async (t) => {
    for (const left of [0, 2]) {
      const { databaseUrl, open } = await withTables(t)
      const before = open()
      for (let row = 0; row < 3; row++)
        before.exec("insert into visit (note) values ('x'); insert into shift default values")
      before.exec(`delete from visit where id > ${left}`)
      before.close()
      await migrate({ databaseUrl }, { folder: folderWithOneMore(t, REBUILD) })
      const after = open()
      const id = after.prepare("insert into visit (note) values ('new') returning id").pluck().get()
      t.equal(id, 4)
      t.same(after.prepare("select name from sqlite_sequence where name in ('visit', 'shift')").pluck().all(), [
        'visit'
      ])
    }
  })

  t.test('rows that refer to nothing are reported at every start, and prevent none [J6]', async (t) => {
    const { databaseUrl, open } = await withTables(t)
    const shell = open() // like the sqlite3 shell: without foreign keys
    shell.exec('insert into visit (id) values (1); insert into stay (visit_id) values (1), (1); delete from visit')
    const warnings: string[] = []
    const warn = (message: string) => void warnings.push(message)
    t.equal(await migrate({ databaseUrl }, { warn }), 0)
    t.equal(
      await migrate({ databaseUrl }, { warn, folder: folderWithOneMore(t, 'create table other (id integer)') }),
      1
    )
    t.same(warnings, Array(2).fill('2 row(s) of stay refer to rows that do not exist'))
  })

  t.test('a migration that deletes rows to which others refer changes nothing [J6]', async (t) => {
    const { databaseUrl, open } = await withTables(t)
    open().exec('insert into visit (id) values (1); insert into stay (visit_id) values (1), (7)')
    const deleting = migrate({ databaseUrl }, { folder: folderWithOneMore(t, 'delete from visit') })
    await t.rejects(deleting, {
      message: 'DATABASE_URL: after the migration, rows of stay refer to rows that do not exist'
    })
    t.equal(open().prepare('select count(*) from visit').pluck().get(), 1)
  })
}

/** A migrated database with tables of its own, and a way to open its file without foreign keys. */
async function withTables(t: Test) {
  const databaseUrl = await emptyDatabase(t)
  await migrate({ databaseUrl })
  function open(): Sqlite.Database {
    const connection = new Sqlite(sqliteFile({ DATABASE_URL: databaseUrl }))
    connection.pragma('foreign_keys = OFF')
    t.teardown(() => connection.close())
    return connection
  }
  open().exec(TABLES.join(';'))
  return { databaseUrl, open }
}
