// The command line for accounts, as an administrator uses it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { account_event, login_failure, user } from '../../src/tables/account.ts'
import { buildOn, emptyDatabase, environment } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { loginStatus } from '../support/logins.ts'
import { toolVariables } from '../support/process.ts'

const COMMAND = join(import.meta.dirname, '../../scripts/user.ts')
const TIMEOUT = 120_000 // milliseconds: a dozen processes start, several at once

t.test('the command line adds the first administrator and manages accounts [A14]', { timeout: TIMEOUT }, async (t) => {
  const DATABASE_URL = await emptyDatabase(t)
  const cwd = temporaryFolder(t)
  const command = (...args: string[]) => runCommand(cwd, DATABASE_URL, args)

  const [first, ...misused] = await Promise.all([
    command('add', 'Boss', '--role', 'admin'),
    command('add', 'nobody', 'a password where others see it'),
    command('toString', 'nobody')
  ])
  for (const result of misused) {
    t.match(result, { code: 1, stdout: '', stderr: /^Usage: npm run user -- <command>/ })
  }
  t.match(first, { code: 0, stderr: '', stdout: /^boss added with the role admin\.\n/ })
  const bossPassword = shownPassword(first.stdout)

  const { app, accounts, db } = await buildOn(t, { ...(await environment(t)), DATABASE_URL })
  t.equal(await loginStatus(app, 'boss', bossPassword), 200, 'the random password logs in')
  const [stored, ...others] = await db.select().from(user)
  t.strictSame(others, [], 'it is the only account')
  t.notOk(stored?.password_hash.includes(bossPassword), 'the password itself is not stored')
  for (const username of ['forgetful', 'promoted', 'suspended', 'forgiven', 'leaving', 'locked']) {
    await accounts.add({ username, roles: ['user'] })
  }
  await accounts.setDisabled(await accounts.idOf('forgiven'), true)

  await t.test('it changes accounts', async (t) => {
    const { id } = await accounts.find(await accounts.idOf('locked'))
    const failures = { user_id: id, failures: 10, allowed: 10, expiry: fromNow(60_000) }
    await db.insert(login_failure).values({ key: 'locked', ...failures })
    const [password, roles, disable, enable, remove, unlock] = await Promise.all([
      command('password', 'Forgetful'),
      command('roles', 'promoted', '--role', 'user', '--role', 'admin'),
      command('disable', 'suspended'),
      command('enable', 'forgiven'),
      command('remove', 'leaving'),
      command('unlock', 'Locked')
    ])
    for (const done of [password, roles, disable, enable, remove, unlock]) t.match(done, { code: 0, stderr: '' })
    t.equal(await loginStatus(app, 'forgetful', shownPassword(password.stdout)), 200)

    t.equal(await db.$count(login_failure, eq(login_failure.user_id, id)), 0, 'unlocked')
    const now = (await accounts.list()).map(({ username, roles, disabled }) => ({ username, roles, disabled }))
    t.strictSame(now, [
      { username: 'boss', roles: ['admin'], disabled: false },
      { username: 'forgetful', roles: ['user'], disabled: false },
      { username: 'forgiven', roles: ['user'], disabled: false },
      { username: 'locked', roles: ['user'], disabled: false },
      { username: 'promoted', roles: ['admin', 'user'], disabled: false },
      { username: 'suspended', roles: ['user'], disabled: true }
    ])
  })

  await t.test('it records who ran it [L18]', async (t) => {
    const author = `cli:${userInfo().username}`
    const events = await db.select().from(account_event).where(eq(account_event.actor, author))
    const lines = events.map(({ action, account_name, before, after }) =>
      [action, account_name, before, after].filter(Boolean).join(' ')
    )
    t.strictSame(lines.sort(), [
      'account added boss admin',
      'account deleted leaving user',
      'account disabled suspended',
      'account enabled forgiven',
      'account unlocked locked',
      'password changed forgetful',
      'roles changed promoted user admin, user'
    ])
  })

  await t.test('it rejects what breaks a rule, and then changes nothing [F12, F14]', async (t) => {
    await accounts.remove(await accounts.idOf('promoted'))
    const before = await accounts.list()
    const [list, last, exists, role] = await Promise.all([
      command('list'),
      command('remove', 'boss'),
      command('add', ' BOSS', '--role', 'user'),
      command('add', 'nobody', '--role', 'superuser')
    ])
    t.match(list, { code: 0, stderr: '', stdout: /boss.*admin.*enabled[\s\S]*suspended.*user.*disabled/ })
    t.notOk(list.stdout.includes('argon2'), 'the list shows no hash')
    t.match(last, { code: 1, stdout: '', stderr: /last enabled administrator/ })
    t.match(exists, { code: 1, stdout: '', stderr: /^User already exists: +BOSS\n$/ })
    t.match(role, { code: 1, stdout: '', stderr: /^There is no role superuser\n$/ })
    t.strictSame(await accounts.list(), before)
  })
})

/** Runs scripts/user.ts in this folder without a terminal. DATABASE_URL is the only variable of the server that it gets. */
async function runCommand(cwd: string, DATABASE_URL: string, args: string[]) {
  const env = { ...toolVariables(), DATABASE_URL }
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

function shownPassword(stdout: string): string {
  return /^Its password, which is shown only now: ([A-Za-z0-9]{20})$/m.exec(stdout)?.[1] ?? ''
}
