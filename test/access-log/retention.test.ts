// Old rows are removed, what is on hold is kept, and the seals prove that nothing else was removed.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { sealFoundRows } from '../../plugins/access-log/found-rows.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_block, access_log_seal } from '../../src/tables/access-log.ts'
import { buildOn, engine, eventually, execute, logRows } from '../support/app.ts'
import { production } from '../support/production.ts'
import { accessLogCommand, sampleRow, writeRows } from './sealed-log.ts'

const DAY = 24 * 60 * 60_000

t.test(
  'rows are removed when they are old enough, except those on hold, and verify still passes [E14, E15]',
  async (t) => {
    const { db, env } = await production(t)
    const command = (...args: string[]) => accessLogCommand(env, ...args)
    const key = env.ACCESS_LOG_KEY ?? ''
    for (const days of [40, 30, 20]) {
      await writeRows(db, key, [
        ...Array.from({ length: 1_100 }, () => sampleRow({ time: fromNow(-days * DAY), subjects: ' user:7 ' })),
        sampleRow({ time: fromNow(-days * DAY), subjects: ' user:8 user:9 ' })
      ])
    }
    t.match(await command('hold', 'user', '9'), { code: 0, output: /^The rows about user:9 are kept/ })
    t.match(await command('holds'), { code: 0, output: /user:9/ })
    t.match(await command('remove'), { code: 2, output: 'Give --days, or set ACCESS_LOG_RETENTION_DAYS\n' })
    t.match(await command('remove', '--days', '0'), { code: 2, output: /^--days must be a whole number/ })
    const dry = await command('remove', '--days', '25', '--dry-run')
    t.match(dry, {
      code: 0,
      output: /^2202 rows are older than 25 days\. 2 of them are on hold and are kept\. Nothing/
    })
    t.equal((await logRows(db)).length, 3 * 1_101 + 1)

    t.match(await command('remove', '--days', '25'), { code: 0, output: /^2200 rows .* were removed\. 2 of them/ })
    const left = await logRows(db)
    t.equal(left.filter(({ time }) => time < fromNow(-25 * DAY)).length, 2)
    t.match(left.at(-1), { username: /^cli:/, action: 'delete', path: '/access-log/remove/2200' }, 'removal is logged')
    t.match(await command('verify'), { code: 0, output: /Nothing was changed/ })
    await t.rejects(execute(db, 'delete from access_log where id > 2202'), 'younger rows are still protected')

    t.match(await command('release', 'user', '9'), { code: 0 })
    t.match(await command('release', 'user', '9'), { code: 2, output: 'There is no hold on user:9\n' })
    t.match(await command('hold', 'nothing', '9'), { code: 2, output: 'There is no table nothing\n' })
    t.match(await command('remove', '--days', '25'), { code: 0, output: /^2 rows .* were removed/ })
    t.match(await command('verify'), { code: 0, output: /Nothing was changed/ })
    const blocks = await db.select({ block: access_log_block.block }).from(access_log_block)
    t.strictSame(blocks, [{ block: 2 }], 'the summaries of empty blocks are gone')
  }
)

t.test('who removes rows without the key is found out', async (t) => {
  const { db, env } = await production(t)
  const key = env.ACCESS_LOG_KEY ?? ''
  await writeRows(db, key, [sampleRow({ time: fromNow(-40 * DAY) })])
  await writeRows(db, key, [sampleRow()])
  const forged = await accessLogCommand({ ...env, ACCESS_LOG_KEY: env.SECRET_KEY ?? '' }, 'remove', '--days', '1')
  t.match(forged, { code: 0, output: /^1 rows/ })
  t.match(await accessLogCommand(env, 'verify'), { code: 1, output: /made with another key/ })
})

t.test('the server removes old rows by itself when it is told to, and logs it', async (t) => {
  const { db, env } = await production(t)
  for (const days of [40, 1]) {
    await writeRows(db, env.ACCESS_LOG_KEY ?? '', [sampleRow({ time: fromNow(-days * DAY) })])
  }
  const { app } = await buildOn(t, { ...env, ACCESS_LOG_RETENTION_DAYS: '30' })
  const row = await eventually(async () => (await logRows(db)).find(({ username }) => username === 'server'))
  t.match(row, { path: '/access-log/remove/1', action: 'delete', outcome: 'success' })
  await app.close()
  t.equal((await logRows(db)).filter(({ username }) => username === 'zoe').length, 1)
  t.match(await accessLogCommand(env, 'verify'), { code: 0, output: /Nothing was changed/ })
})

t.test('a row that is added where old rows were removed is never sealed as one of them', async (t) => {
  const { db, env } = await production(t)
  const old = Array.from({ length: 20 }, () => sampleRow({ time: fromNow(-40 * DAY) }))
  await db.insert(access_log).values(old)
  const { app } = await buildOn(t, env)
  await eventually(async () => (await db.$count(access_log_seal, eq(access_log_seal.kind, 'found'))) > 0 || undefined)
  await app.close()
  t.match(await accessLogCommand(env, 'remove', '--days', '25'), { code: 0, output: /^20 rows/ })

  const columns = 'time, username, address, method, path, status, duration_ms, request_id'
  const overriding = engine === 'postgres' ? 'overriding system value' : ''
  await execute(
    db,
    `insert into access_log (id, ${columns}) ${overriding} select 7, ${columns} from access_log limit 1`
  )
  const again = await buildOn(t, env)
  await sealFoundRows(again.app, new AbortController().signal)
  await again.app.close()
  t.match(await accessLogCommand(env, 'verify'), { code: 1, output: /^Row 7 was inserted: no seal knows it$/m })
})
