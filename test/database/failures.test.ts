// An error of a database driver is recognized by its kind, on both engines.

import t from 'tap'
import { databaseFailure, repeatedColumns } from '../../src/database/failures.ts'
import { fromNow } from '../../src/instants.ts'
import { login_failure } from '../../src/tables/account.ts'
import { build, execute } from '../support/app.ts'
import { insertOrphan } from './statements.ts'

t.test('a statement that violates a constraint fails with the kind of the constraint', async (t) => {
  const { db } = await build(t)
  const duplicate = db.insert(login_failure).values([1, 2].map(() => ({ key: 'k', failures: 1, expiry: fromNow() })))
  const failures = await Promise.all(
    [insertOrphan(db), duplicate].map((statement) => statement.then(() => undefined, databaseFailure))
  )
  t.same(failures, ['reference', 'unique'])
})

t.test('of values that already exist, the columns are named and nothing else', async (t) => {
  const { db } = await build(t)
  await execute(db, 'create table thing (a text, "group" text, "user" text)')
  await execute(db, 'create unique index thing_group on thing ("group")')
  await execute(db, 'create unique index thing_two on thing (a, "user")')
  await execute(db, 'create unique index thing_lower on thing (lower(a))')
  await execute(db, `insert into thing values ('(x)=(y)', '(a)=(b)', 'z')`)
  const named = async (values: string) =>
    await execute(db, `insert into thing values (${values})`).then(() => undefined, repeatedColumns)
  t.strictSame(await named(`'other', '(a)=(b)', 'other'`), ['group'])
  t.strictSame(await named(`'(X)=(Y)', 'other', 'other'`), [], 'something computed has no name')
  await execute(db, 'drop index thing_lower')
  t.strictSame(await named(`'(x)=(y)', 'other', 'z'`), ['a', 'user'])
  t.strictSame(repeatedColumns(new Error('UNIQUE constraint failed: a.b')), [], 'only of a driver')
})

t.test('errors that a retry or an administrator must resolve are told apart from other errors', async (t) => {
  const withCode = (code: string) => Object.assign(new Error(''), { code })
  t.equal(databaseFailure(new Error('no driver')), undefined)
  t.equal(databaseFailure(withCode('SQLITE_FULL')), 'unavailable')
  t.equal(databaseFailure(withCode('57P01')), 'unavailable')
  t.equal(databaseFailure(new AggregateError([withCode('ECONNREFUSED')])), 'unavailable')
  t.equal(databaseFailure(withCode('40P01')), 'contention')
  t.equal(databaseFailure(new Error('wrapped', { cause: withCode('40001') })), 'contention')
  t.equal(databaseFailure(withCode('SQLITE_ERROR')), 'other')
})
