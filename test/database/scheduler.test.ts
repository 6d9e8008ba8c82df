// The scheduler runs the clean-up at intervals, and goes on after a run that failed.

import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { login_failure } from '../../src/tables/account.ts'
import { build, eventually, execute } from '../support/app.ts'

t.test(
  'the clean-up runs at intervals; a failed run is logged, and the next one works again [K1, K5, Q21]',
  async (t) => {
    const { db, log } = await build(t, { CLEANUP_INTERVAL: '0.01' })
    const logged = (message: string) =>
      log()
        .split('\n')
        .find((line) => line.includes('"job":"clean-up"') && line.includes(message))

    await execute(db, 'alter table login_failure rename to elsewhere')
    t.ok(await eventually(() => logged('job failed; its next run tries again')))
    await execute(db, 'alter table elsewhere rename to login_failure')
    await db.insert(login_failure).values({ key: 'old', failures: 1, expiry: fromNow(-1) })
    const left = await eventually(async () => ((await db.$count(login_failure)) === 0 ? 0 : undefined))
    t.equal(left, 0)
    t.match(await eventually(() => logged('job done')), /"changed":1\b/)
  }
)
