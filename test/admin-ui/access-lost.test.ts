// Whatever takes an administrator's access away ends their open sessions and tokens at once, at every instance, for good.

import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createAccounts } from '../../plugins/auth/accounts.ts'
import { createPasswords } from '../../plugins/auth/passwords.ts'
import { user } from '../../src/tables/account.ts'
import { build, buildOn, signInAs, withToken } from '../support/app.ts'
import { confirm } from '../support/page-content.ts'
import { text, type Visitor } from '../support/pages.ts'
import { type Administrator, addAdministrator, PASSWORD, signInOnPage } from './administrators.ts'
import { hasEnded, openWith, sessionCookie } from './web-sessions.ts'

const NEW_PASSWORD = 'another long and quiet evening'

interface Scene {
  t: Test
  victim: Administrator
  /** The path of the victim's page. */
  path: string
  /** Where the victim is signed in. */
  browser: Visitor
}

type Change = (scene: Scene) => Promise<unknown>

interface Way {
  take: Change
  /** The status of a request with the access token, and of one with the refresh token, afterwards. */
  tokens: number[]
  giveBack?: Change
}

const { app, accounts, db, env, config } = await build(t)
const second = await buildOn(t, env)
const instances = [app, second.app]
// Remains an administrator, so that all others can lose the role.
const boss = await signInOnPage(app, await addAdministrator(db))

const REVOKED = [401, 401]
const WAYS: Record<string, Way> = {
  'an administrator removes all roles': {
    take: ({ t, path }) => asBoss(t, path, `${path}/roles`, { roles: [] }),
    tokens: [403, 200], // the API checks the roles of a token's account at each request
    giveBack: async ({ t, path }) => {
      const asked = await boss.submit(path, `${path}/roles`, { roles: ['admin', 'user'] })
      t.equal((await confirm(boss, asked)).statusCode, 302)
    }
  },
  'the role admin is removed': {
    take: ({ victim }) => second.accounts.setRoles(victim.id, ['user']),
    tokens: [200, 200],
    giveBack: ({ victim }) => second.accounts.setRoles(victim.id, ['admin', 'user'])
  },
  'an administrator resets the password': {
    take: ({ t, path }) => asBoss(t, `${path}/password/generate`, `${path}/password/generate`),
    tokens: REVOKED
  },
  'the command line resets the password': {
    take: ({ victim }) => createAccounts(db, createPasswords(config)).setPassword(victim.id, NEW_PASSWORD),
    tokens: REVOKED
  },
  'they change their password on the pages': {
    take: ({ browser }) => changePasswordOnPage(browser),
    tokens: REVOKED
  },
  'they change their password over the API': {
    take: async ({ t, victim }) => {
      const caller = await signInAs(second.app, victim)
      const payload = { old_password: PASSWORD, new_password: NEW_PASSWORD }
      t.equal((await caller.put('/api/auth/password', payload)).statusCode, 200)
    },
    tokens: REVOKED
  },
  'the account is disabled': {
    take: ({ t, path }) => asBoss(t, `${path}/disable`, `${path}/disable`),
    tokens: REVOKED,
    giveBack: ({ t, path }) => asBoss(t, path, `${path}/enable`)
  },
  'the account turns out to be a demo account': {
    take: async ({ victim }) => void (await db.update(user).set({ demo: true }).where(eq(user.id, victim.id))),
    tokens: REVOKED
  },
  'the account is deleted': {
    take: ({ t, path }) => asBoss(t, `${path}/delete`, `${path}/delete`),
    tokens: REVOKED
  }
}

for (const [name, { take, tokens, giveBack }] of Object.entries(WAYS)) {
  t.test(`all sessions and tokens lose their access when ${name} [F11, C9]`, async (t) => {
    const victim = await addAdministrator(db)
    const [browser, window] = [await signInOnPage(app, victim), await signInOnPage(app, victim)]
    const cookies = [sessionCookie(browser), sessionCookie(window)]
    const caller = await signInAs(app, victim)
    for (const instance of instances) {
      for (const cookie of cookies) t.equal((await openWith(instance, cookie)).statusCode, 200)
    }
    await tokensGive(t, caller, [200, 200], 'before')

    const scene = { t, victim, path: `/users/${victim.id}`, browser }
    await take(scene)
    for (const cookie of cookies) await hasEnded(t, instances, cookie, 'the session')
    await tokensGive(t, caller, tokens, 'afterwards')

    if (!giveBack) return
    await giveBack(scene)
    for (const cookie of cookies) await hasEnded(t, instances, cookie, 'once access is given back, the old session')
    if (tokens === REVOKED) await tokensGive(t, caller, REVOKED, 'once access is given back')
    t.match(await (await signInOnPage(app, victim)).get('/'), { statusCode: 200 }, 'a new sign-in succeeds')
  })
}

t.test('a user who changes their own password stays signed in, under a new session id [F1]', async (t) => {
  const account = await addAdministrator(db)
  const browser = await signInOnPage(app, account)
  const before = sessionCookie(browser)
  await changePasswordOnPage(browser)
  t.not(sessionCookie(browser), before)
  t.match(text((await browser.get('/account')).payload), 'Your password was changed.')
  await accounts.setRoles(account.id, ['admin'])
  t.equal((await browser.get('/')).statusCode, 200, 'losing a role other than admin ends no session')
})

async function asBoss(t: Test, page: string, action: string, fields = {}): Promise<void> {
  const response = await boss.submit(page, action, fields)
  t.equal(response.statusCode, 302, `${action} succeeds`)
}

async function changePasswordOnPage(browser: Visitor): Promise<void> {
  await browser.submit('/account', '/account/password', {
    old_password: PASSWORD,
    new_password: NEW_PASSWORD,
    repeated_password: NEW_PASSWORD
  })
}

/** Shows the status that the API gives the access token and the refresh token of a caller, at every instance. */
async function tokensGive(
  t: Test,
  caller: { access_token: string; refresh_token: string },
  expected: number[],
  when: string
): Promise<void> {
  const calls = async (instance: FastifyInstance) => [
    (await withToken(instance, 'GET', '/api/sample/', caller.access_token)).statusCode,
    (await withToken(instance, 'GET', '/api/auth/', caller.refresh_token)).statusCode
  ]
  for (const instance of instances) t.strictSame(await calls(instance), expected, `the tokens ${when}`)
}
