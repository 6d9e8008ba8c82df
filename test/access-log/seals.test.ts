// What the seals of the access log prove to somebody who has their key.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { max } from 'drizzle-orm'
import t from 'tap'
import { access_log, access_log_seal } from '../../src/tables/access-log.ts'
import { engine, execute, logRows } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { production } from '../support/production.ts'
import { accessLogCommand, dropTriggers, sampleRow, writeRows } from './sealed-log.ts'

const OVERRIDING = engine === 'postgres' ? 'overriding system value' : ''
const FINE = /^(\d+) rows and (\d+) seals were checked\.\nNothing was changed, removed or inserted\.\n$/

t.test('verify names the first row that was changed, removed or inserted, and finds nothing else [E14]', async (t) => {
  const { db, env, verify } = await openLog(t)
  for (const username of ['ada', 'ben', 'cyd']) {
    await writeRows(
      db,
      env.ACCESS_LOG_KEY,
      Array.from({ length: 5 }, () => sampleRow({ username }))
    )
  }
  t.match(await verify(), { code: 0, output: FINE })

  const columns = 'time, username, address, method, path, status, duration_ms, request_id'
  const copied = `insert into access_log (${columns}) select ${columns} from access_log where id = 3`
  const seal = "writer = (select instance from access_log where id = 7) and kind = 'rows'"
  const attacks: [name: string, attack: string, undo: string, found: RegExp][] = [
    [
      'a changed name',
      "update access_log set username = 'eve' where id = 4",
      "update access_log set username = 'ada' where id = 4",
      /^Row 4 was changed\n$/m
    ],
    [
      'a changed time',
      'update access_log set status = 201 where id = 6',
      'update access_log set status = 200 where id = 6',
      /^Row 6 was changed\n$/m
    ],
    [
      'hidden subjects',
      'update access_log set subjects = null where id = 15',
      "update access_log set subjects = ' sample:7 ' where id = 15",
      /^Row 15 was changed\n$/m
    ],
    ['an inserted row', copied, 'delete from access_log where id = 16', /^Row 16 was inserted: no seal knows it\n$/m],
    [
      'a changed digest',
      `update access_log_seal set digests = substr(digests, 2) || substr(digests, 1, 1) where ${seal}`,
      '',
      /^Seal 1 of \S+ was changed, or made with another key\n/m
    ],
    [
      'a row with an id that no row has',
      copied
        .replace('(time', '(id, time')
        .replace('select time', 'select -5, time')
        .replace(') select', `) ${OVERRIDING} select`),
      'delete from access_log where id = -5',
      /^Row -5 was inserted: no seal knows it$/m
    ],
    [
      'ids that leave out a row',
      `update access_log_seal set ids = '1-3,5' where ids = '1-5'`,
      `update access_log_seal set ids = '1-5' where ids = '1-3,5'`,
      /^Seal 1 of \S+ has not one digest for each row$/m
    ],
    [
      'a forged removal',
      "insert into access_log_seal (writer, sequence, kind, time, removed_before, detail) select 'eve', 0, 'removal', time, time, detail from access_log_seal where id = 1",
      "delete from access_log_seal where writer = 'eve'",
      /^Seal 0 of eve was made without a key$/m
    ],
    [
      'a row removed with its seal',
      `delete from access_log_seal where ${seal}`,
      '',
      /^Row 6 was inserted: no seal knows it\n(?:.*\n)*Seals 1 to 1 of \S+ were removed/m
    ]
  ]
  for (const [name, attack, undo, found] of attacks) {
    await dropTriggers(db)
    await execute(db, attack)
    const { code, output } = await verify()
    t.equal(code, 1, name)
    t.match(output, found, name)
    await dropTriggers(db)
    if (undo) await execute(db, undo)
  }
})

t.test('verify names a row that was removed', async (t) => {
  const { db, env, verify } = await openLog(t)
  await writeRows(
    db,
    env.ACCESS_LOG_KEY,
    Array.from({ length: 5 }, () => sampleRow())
  )
  await dropTriggers(db)
  await execute(db, 'delete from access_log where id = 3')
  t.match(await verify(), { code: 1, output: /^Row 3 was removed$/m })
})

t.test('with the heads that were kept elsewhere, verify notices that the newest rows were cut off', async (t) => {
  const { db, env, verify } = await openLog(t)
  await writeRows(db, env.ACCESS_LOG_KEY, [sampleRow(), sampleRow()])
  const [kept] = await db.select({ id: max(access_log_seal.id) }).from(access_log_seal)
  await writeRows(db, env.ACCESS_LOG_KEY, [sampleRow(), sampleRow()])
  const file = join(temporaryFolder(t), 'heads.json')
  const head = await accessLogCommand(env, 'head')
  t.equal(head.code, 0)
  writeFileSync(file, head.output)
  t.match(await verify('--head', file), { code: 0, output: FINE })

  await dropTriggers(db)
  await execute(db, `delete from access_log_seal where id > ${kept?.id}`)
  await execute(db, 'delete from access_log where id > 2')
  t.match(await verify(), { code: 0 }, 'without them nobody can know')
  t.match(await verify('--head', file), { code: 1, output: /^The chain of \S+ was cut off before its seal 2/m })
})

t.test('a whole chain that was removed is missed by the next one', async (t) => {
  const { db, env, verify } = await openLog(t)
  for (let chain = 0; chain < 3; chain++) await writeRows(db, env.ACCESS_LOG_KEY, [sampleRow()])
  await dropTriggers(db)
  await execute(db, 'delete from access_log_seal where writer = (select instance from access_log where id = 2)')
  await execute(db, 'delete from access_log where id = 2')
  t.match(await verify(), { code: 1, output: /^The chain of \S+ was cut off before its seal 2/m })
})

t.test('verify needs the key of the server, and does not take another', async (t) => {
  const { db, env } = await openLog(t)
  await writeRows(db, env.ACCESS_LOG_KEY, [sampleRow()])
  const { ACCESS_LOG_KEY, ...without } = env
  t.match(await accessLogCommand(without, 'verify'), { code: 2, output: /^ACCESS_LOG_KEY is missing/ })
  const other = { ...env, ACCESS_LOG_KEY: env.SECRET_KEY ?? '' }
  t.match(await accessLogCommand(other, 'verify'), {
    code: 1,
    output: /^Seal 0 of \S+ was changed, or made with another key/m
  })
  await t.rejects(writeRows(db, '', [sampleRow()]), /ACCESS_LOG_KEY is missing, and the access log of this database is/)
  t.match(await accessLogCommand(without, 'hold', 'user', '7'), { code: 2, output: /^ACCESS_LOG_KEY is missing, and/ })
  t.match(await accessLogCommand(without, 'holds'), { code: 0, output: 'There are no holds.\n' })
  t.equal((await logRows(db)).length, 1, 'nothing was written without the key')
})

t.test('several processes that write at the same time do not wait for each other', async (t) => {
  const { db, env, verify } = await openLog(t)
  const processes = Array.from({ length: 4 }, () =>
    writeRows(
      db,
      env.ACCESS_LOG_KEY,
      Array.from({ length: 300 }, () => sampleRow())
    )
  )
  await Promise.all(processes)
  t.match(await verify(), { code: 0, output: FINE })
  const [rows] = await db.select({ last: max(access_log.id) }).from(access_log)
  t.equal(Number(rows?.last), 1200)
})

async function openLog(t: Parameters<typeof production>[0]) {
  const { db, env } = await production(t)
  return {
    db,
    env: env as typeof env & { ACCESS_LOG_KEY: string },
    verify: (...args: string[]) => accessLogCommand(env, 'verify', ...args)
  }
}
