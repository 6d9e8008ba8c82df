// The clocks of instances differ. The database's clock decides how long ago a token was exchanged.

import { mock } from 'node:test'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { withToken } from '../support/app.ts'
import { buildTwoInstances } from '../support/instances.ts'
import { assertRevoked, jtiOf, type Pair, ROTATE, readStatus, rotate } from '../support/tokens.ts'

const { app, db, signIn, second, instances } = await buildTwoInstances(t)
const DIFFERENCES = [-30_000, 30_000]

for (const difference of DIFFERENCES) {
  const clock = `a clock that differs by ${difference / 1000} s`

  t.test(`a rotation retried at an instance with ${clock} returns the same token [L10, C7, Q14]`, async (t) => {
    const caller = await signIn('user')
    const child = await rotate(app, caller.refresh_token)
    const retry = await withClock(difference, () => withToken(second.app, 'POST', ROTATE, caller.refresh_token))
    t.equal(retry.statusCode, 200)
    t.equal(retry.json<Pair>().refresh_token, child.refresh_token)
    for (const instance of instances) t.equal(await readStatus(instance, child.access_token), 200)

    const other = await signIn('user')
    const early = await withClock(difference, () => rotate(second.app, other.refresh_token))
    t.equal((await rotate(app, other.refresh_token)).refresh_token, early.refresh_token, 'also the other way round')
  })

  t.test(`an instance with ${clock} detects a reuse [L10, C8]`, async (t) => {
    const caller = await signIn('user')
    const child = await rotate(app, caller.refresh_token)
    const spent = eq(refresh_token.jti, jtiOf(caller.refresh_token))
    await db
      .update(refresh_token)
      .set({ rotated: fromNow(-11_000) })
      .where(spent)
    const reuse = await withClock(difference, () => withToken(second.app, 'POST', ROTATE, caller.refresh_token))
    t.equal(reuse.statusCode, 401)
    await assertRevoked(t, instances, child)
  })
}

/** Does something by a clock of this process that differs from the right one by so many milliseconds. */
async function withClock<Result>(difference: number, act: () => Promise<Result>): Promise<Result> {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + difference })
  try {
    return await act()
  } finally {
    mock.timers.reset()
  }
}
