// Manages accounts from the command line. This is how the first administrator is made.

import { userInfo } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { type Accounts, createAccounts } from '../plugins/auth/accounts.ts'
import { createPasswords } from '../plugins/auth/passwords.ts'
import { ensureRoles, FIXED_ROLES } from '../plugins/roles/required-roles.ts'
import { loadConfig } from '../src/config.ts'
import { databaseFailure } from '../src/database/failures.ts'
import { migrate } from '../src/database/migrations.ts'
import { openDatabase } from '../src/database/open.ts'

const USAGE = `Usage: npm run user -- <command>

  add <name> --role <role> [--role <role> …]   add an account
  list                                         list all accounts, with their roles and state
  password <name>                              set a new password, which ends all tokens and sessions of the account
  roles <name> --role <role> [--role <role> …] give the account exactly these roles; without --role, none
  disable <name>                               reject the account from now on, and end its tokens and sessions
  enable <name>                                let the account sign in again
  unlock <name>                                unlock the account after too many wrong passwords
  remove <name>                                delete the account; the access log keeps its name

The command asks for a password twice. If you leave it empty, or give --generate, or there is no terminal, the command
makes a random password and shows it once. It never takes a password as an argument, because other users of the machine
could see it.
The roles are ${FIXED_ROLES.join(', ')} and those that routes name. The database is that of DATABASE_URL.`

const { values: options, positionals } = parse()
const [command = '', name = '', ...rest] = positionals
if (options.help || command === 'help') {
  console.log(USAGE)
  process.exit()
}

const commands: Record<string, (accounts: Accounts) => Promise<void>> = {
  add,
  list,
  password,
  roles,
  disable,
  enable,
  unlock,
  remove
}
const run = Object.hasOwn(commands, command) ? commands[command] : undefined
const takesRoles = ['add', 'roles'].includes(command)
const takesPassword = ['add', 'password'].includes(command)
if (!run || rest.length > 0 || (command === 'list') !== (name === '')) fail(USAGE)
if (!takesRoles && options.role.length > 0) fail(`${command} takes no --role\n\n${USAGE}`)
if (!takesPassword && options.generate) fail(`${command} takes no --generate\n\n${USAGE}`)

const author = { name: `cli:${userInfo().username}`, id: null, address: null }

try {
  const config = loadConfig(undefined, { withSecrets: false })
  await migrate(config)
  const db = await openDatabase(config, () => {})
  try {
    await ensureRoles(db, FIXED_ROLES)
    await run(createAccounts(db, createPasswords(config), author))
  } finally {
    await db.connection.close()
  }
} catch (error) {
  fail(describeFailure(error))
}

// A driver's message quotes the statement with its values, among them the hash.
function describeFailure(error: unknown): string {
  const failure = databaseFailure(error)
  if (failure === 'unique') return `User already exists: ${name}`
  return failure ? `The database failed (${failure}). Nothing was changed` : (error as Error).message
}

async function add(accounts: Accounts): Promise<void> {
  const asked = await askPassword()
  const account = await accounts.add({ username: name, password: asked, roles: options.role })
  console.log(`${account.username} added with ${describeRoles(options.role)}.`)
  if (asked === undefined) showPassword(account.password)
}

async function list(accounts: Accounts): Promise<void> {
  const rows = (await accounts.list()).map(({ id, username, roles, disabled, created_at, last_login }) => ({
    id,
    name: username,
    roles: roles.join(', '),
    state: disabled ? 'disabled' : 'enabled',
    created: created_at,
    'last login': last_login ?? 'never'
  }))
  if (rows.length > 0) console.table(rows)
  else console.log('There are no accounts. Add the first: npm run user -- add <name> --role admin')
}

async function password(accounts: Accounts): Promise<void> {
  const id = await accounts.idOf(name)
  const asked = await askPassword()
  const chosen = await accounts.setPassword(id, asked)
  console.log(`The password of ${name} was changed. Its tokens and sessions have ended.`)
  if (asked === undefined) showPassword(chosen)
}

async function roles(accounts: Accounts): Promise<void> {
  await accounts.setRoles(await accounts.idOf(name), options.role)
  console.log(`${name} now has ${describeRoles(options.role)}.`)
}

async function disable(accounts: Accounts): Promise<void> {
  await accounts.setDisabled(await accounts.idOf(name), true)
  console.log(`${name} was disabled. Its tokens and sessions have ended.`)
}

async function enable(accounts: Accounts): Promise<void> {
  await accounts.setDisabled(await accounts.idOf(name), false)
  console.log(`${name} was enabled.`)
}

async function unlock(accounts: Accounts): Promise<void> {
  await accounts.unlock(await accounts.idOf(name))
  console.log(`${name} was unlocked.`)
}

async function remove(accounts: Accounts): Promise<void> {
  await accounts.remove(await accounts.idOf(name))
  console.log(`${name} was removed.`)
}

async function askPassword(): Promise<string | undefined> {
  if (options.generate || !process.stdin.isTTY || !process.stdout.isTTY) return undefined
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  async function ask(question: string): Promise<string> {
    process.stdout.write(question)
    const answer = await terminal.question('')
    process.stdout.write('\n')
    return answer
  }
  try {
    const first = await ask('Password (leave empty for a random one): ')
    if (first === '') return undefined
    if ((await ask('Repeat the password: ')) !== first) throw new Error('The two passwords differ. Nothing was changed')
    return first
  } finally {
    terminal.close()
  }
}

function showPassword(made: string): void {
  console.log(`Its password, which is shown only now: ${made}`)
}

function describeRoles(names: string[]): string {
  return names.length > 0 ? `the role ${names.join(', ')}` : 'no role'
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        role: { type: 'string', multiple: true, default: [] },
        generate: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`)
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
