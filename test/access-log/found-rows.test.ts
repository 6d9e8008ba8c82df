// Rows that their own process did not seal: it was killed, or there were no seals yet.

import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_block, access_log_seal } from '../../src/tables/access-log.ts'
import { buildOn, eventually, execute, logRows } from '../support/app.ts'
import { production } from '../support/production.ts'
import { accessLogCommand, dropTriggers, sampleRow, writeRows } from './sealed-log.ts'

t.test('rows of a process that was killed are sealed by the next one, and verify says so until then', async (t) => {
  const { db, env } = await production(t)
  const key = env.ACCESS_LOG_KEY ?? ''
  await writeRows(db, key, [sampleRow({ time: fromNow(-120_000) }), sampleRow({ time: fromNow(-120_000) })])
  // What a process that is killed leaves: its last rows, and neither their seal nor the end of its chain.
  await writeRows(db, key, [sampleRow({ time: fromNow(-110_000) }), sampleRow({ time: fromNow(-110_000) })])
  await dropTriggers(db)
  const [, , killed] = await logRows(db)
  await execute(db, `delete from access_log_seal where writer = '${killed?.instance}' and kind <> 'start'`)
  const before = await accessLogCommand(env, 'verify')
  t.match(before, { code: 0, output: /^2 of the rows have no seal yet/m })

  await buildOn(t, env)
  await eventually(async () => {
    const [found] = await db.select().from(access_log_seal).where(eq(access_log_seal.kind, 'found'))
    return found
  })
  const after = await accessLogCommand(env, 'verify')
  t.equal(after.code, 0)
  t.notMatch(after.output, 'no seal yet')

  await db.insert(access_log).values({ ...sampleRow(), instance: killed?.instance ?? '' })
  t.match(await accessLogCommand(env, 'verify'), { code: 1, output: /^Row \d+ was inserted: no seal knows it$/m })
})

t.test('rows from before there were seals are sealed at the start, and searches find them', async (t) => {
  const { db, env } = await production(t)
  const time = fromNow(-120_000)
  const rows = Array.from({ length: 2_500 }, (_, index) => sampleRow({ time, path: `/${index}` }))
  for (let first = 0; first < rows.length; first += 500)
    await db.insert(access_log).values(rows.slice(first, first + 500))
  const { app } = await buildOn(t, env)
  await eventually(async () => (await db.$count(access_log_block)) === 2 || undefined)
  await app.close()
  t.match(await accessLogCommand(env, 'verify'), { code: 0, output: /Nothing was changed/ })
  await execute(db, "update access_log_block set keys = 'AAAA' where block = 1")
  t.match(await accessLogCommand(env, 'verify'), { code: 1, output: /^Row 1000 is not found by searches/m })
})
