// Removing all records of a subject.

import { userInfo } from 'node:os'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { engine, logRows } from '../support/app.ts'
import { part } from '../support/part/table.ts'
import { execute as run } from '../support/process.ts'
import { sample } from '../support/sample/table.ts'
import { createLinkTables, link, mention } from './link-tables.ts'
import { addSample, buildWithCommand } from './subject-command.ts'

t.test('an erasure removes the records of one subject, and the access log keeps its rows', async (t) => {
  const server = await buildWithCommand(t)
  const { command, db, env, signIn } = server
  const id = await addSample(server, 'Zebrafinch', 1_200)
  const other = await addSample(server, 'other', 3)
  const caller = await signIn('user')
  await caller.get(`/api/sample/${id}`)
  const before = await logRows(db)

  const counted = await command(['erase', 'sample', String(id), '--dry-run'])
  t.match(counted, { code: 0, stdout: '1201 records (1200 part, 1 sample) would be removed.\n', stderr: '' })
  for (const input of ['', 'yes\n', `${other}\n`]) {
    const refused = await command(['erase', 'sample', String(id)], input)
    t.match(refused, { code: 1, stdout: '', stderr: /Type the id of the sample to confirm: .*Nothing was removed\n$/s })
  }
  t.equal(await db.$count(part, eq(part.sample_id, id)), 1_200)
  t.strictSame(await logRows(db), before, 'counting is not logged')

  const erased = await command(['erase', 'sample', String(id)], `${id}\n`)
  t.match(erased, { code: 0, stdout: /^1201 records \(1200 part, 1 sample\) removed\. The rows .* stay\.\n$/ })
  t.equal(await db.$count(sample, eq(sample.id, id)), 0)
  t.equal(await db.$count(part, eq(part.sample_id, id)), 0)
  t.equal(await db.$count(part, eq(part.sample_id, other)), 3)

  const rows = await logRows(db)
  t.strictSame(rows.slice(0, before.length), before)
  const path = `/subject/erase/sample/${id}`
  t.match(rows.slice(before.length), [
    { username: `cli:${userInfo().username}`, action: 'delete', path, subjects: ` sample:${id} `, outcome: 'success' }
  ])
  if (engine === 'sqlite') {
    const file = (env.DATABASE_URL ?? '').replace('file:', '')
    const { code } = await run('grep', ['-q', 'Zebrafinch', file, `${file}-wal`])
    t.equal(code, 1, 'no file has the data any more [L17]')
  }
})

t.test('records of several levels are removed, unless records of others refer to them', async (t) => {
  const server = await buildWithCommand(t)
  const { command, db } = server
  const [id, other] = [await addSample(server, 'wanted', 2), await addSample(server, 'other', 1)]
  const parts = await db.select().from(part)
  const [first, , last] = parts.map((row) => row.id)
  await createLinkTables(db)
  const links = await db
    .insert(link)
    .values([{ part_id: first as number }, { part_id: last as number, other_part_id: first as number }])
    .returning()
  await db.insert(mention).values({ link_id: links[0]?.id as number })

  for (const args of [['--yes'], ['--dry-run']]) {
    const refused = await command(['erase', 'sample', String(id), ...args])
    t.match(refused, {
      code: 1,
      stderr: /^Records of link, mention refer to records of this subject, .*Nothing was removed/
    })
  }
  t.match((await logRows(db)).at(-1), { action: 'delete', outcome: 'invalid', status: 409 })
  t.equal(await db.$count(part), 3)
  t.equal(await db.$count(link), 2)

  await db.update(link).set({ other_part_id: null })
  t.match((await command(['erase', 'sample', String(id), '--yes'])).stderr, /^Records of mention refer/)
  await db.delete(mention)
  const exported = JSON.parse((await command(['export', 'sample', String(id)])).stdout)
  t.strictSame(exported.records.link, [{ id: links[0]?.id, part_id: first, other_part_id: null }])
  const erased = await command(['erase', 'sample', String(id), '--yes'])
  t.match(erased, { code: 0, stdout: /^4 records \(1 link, 2 part, 1 sample\) removed/, stderr: '' })
  t.strictSame(
    (await db.select().from(link)).map((row) => row.part_id),
    [last]
  )
  t.equal(await db.$count(part, eq(part.sample_id, other)), 1)
})
