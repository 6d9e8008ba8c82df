// The accounts, from the command line: the way to the first administrator.

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import {
  accountId,
  addAccount,
  listAccounts,
  removeAccount,
  setDisabled,
  setPassword,
  setRoles
} from '../src/accounts.ts'
import { loadConfig } from '../src/config.ts'
import { type Database, databaseFailure } from '../src/db.ts'
import { migrate } from '../src/migrations.ts'
import { openDatabase } from '../src/open-database.ts'
import { createPasswords } from '../src/passwords.ts'
import { ensureRoles, FIXED_ROLES } from '../src/roles.ts'

const USAGE = `Usage: npm run user -- <command>

  add <name> --role <role> [--role <role> …]   add an account
  list                                         all accounts, with their roles and state
  password <name>                              set a new password; ends all tokens and sessions of the account
  roles <name> --role <role> [--role <role> …] give exactly these roles; without --role: none
  disable <name>                               refuse the account from now on; ends its tokens and sessions
  enable <name>                                let it sign in again
  remove <name>                                delete it; the access log keeps its name

A password is asked for, twice. When it is left empty, or with --generate, or when there is no terminal to ask on, a
random one is made and shown once. It is never taken from the command line, where other users of the machine see it.
The roles are ${FIXED_ROLES.join(', ')} and those that the routes name. The database is that of DATABASE_URL.`

const { values: options, positionals } = parse()
const [command = '', name = '', ...rest] = positionals
if (options.help || command === 'help') {
  console.log(USAGE)
  process.exit()
}

const commands: Record<string, (db: Database) => Promise<void>> = {
  add,
  list,
  password,
  roles,
  disable,
  enable,
  remove
}
const run = Object.hasOwn(commands, command) ? commands[command] : undefined
const takesRoles = ['add', 'roles'].includes(command)
const takesPassword = ['add', 'password'].includes(command)
if (!run || rest.length > 0 || (command === 'list') !== (name === '')) fail(USAGE)
if (!takesRoles && options.role.length > 0) fail(`--role says nothing to ${command}\n\n${USAGE}`)
if (!takesPassword && options.generate) fail(`--generate says nothing to ${command}\n\n${USAGE}`)

try {
  const config = loadConfig(undefined, { withSecrets: false })
  await migrate(config)
  const db = await openDatabase(config, () => {})
  try {
    await ensureRoles(db, FIXED_ROLES)
    await run(db)
  } finally {
    await db.connection.close()
  }
} catch (error) {
  fail(describeFailure(error))
}

// A driver's message quotes the statement with its values, the hash among them.
function describeFailure(error: unknown): string {
  const failure = databaseFailure(error)
  if (failure === 'unique') return `User already exists: ${name}`
  return failure ? `The database could not do it (${failure}); nothing was changed` : (error as Error).message
}

async function add(db: Database): Promise<void> {
  const passwords = createPasswords(loadConfig(undefined, { withSecrets: false }))
  const asked = await askPassword()
  const account = await addAccount(db, passwords, { username: name, password: asked, roles: options.role })
  console.log(`${account.username} added with ${describeRoles(options.role)}.`)
  if (asked === undefined) showPassword(account.password)
}

async function list(db: Database): Promise<void> {
  const accounts = await listAccounts(db)
  const rows = accounts.map(({ id, username, roles, disabled, created_at, last_login }) => ({
    id,
    name: username,
    roles: roles.join(', '),
    state: disabled ? 'disabled' : 'enabled',
    created: created_at,
    'last login': last_login ?? 'never'
  }))
  if (rows.length > 0) console.table(rows)
  else console.log('There are no accounts. Make the first: npm run user -- add <name> --role admin')
}

async function password(db: Database): Promise<void> {
  const id = await accountId(db, name)
  const passwords = createPasswords(loadConfig(undefined, { withSecrets: false }))
  const asked = await askPassword()
  const chosen = await setPassword(db, passwords, id, asked)
  console.log(`The password of ${name} is changed; its tokens and sessions have ended.`)
  if (asked === undefined) showPassword(chosen)
}

async function roles(db: Database): Promise<void> {
  await setRoles(db, await accountId(db, name), options.role)
  console.log(`${name} now has ${describeRoles(options.role)}.`)
}

async function disable(db: Database): Promise<void> {
  await setDisabled(db, await accountId(db, name), true)
  console.log(`${name} is disabled; its tokens and sessions have ended.`)
}

async function enable(db: Database): Promise<void> {
  await setDisabled(db, await accountId(db, name), false)
  console.log(`${name} is enabled.`)
}

async function remove(db: Database): Promise<void> {
  await removeAccount(db, await accountId(db, name))
  console.log(`${name} is removed.`)
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
    const first = await ask('Password (empty: make a random one): ')
    if (first === '') return undefined
    if ((await ask('The same again: ')) !== first) throw new Error('The two passwords differ; nothing was changed')
    return first
  } finally {
    terminal.close()
  }
}

function showPassword(made: string): void {
  console.log(`Its password, shown only now: ${made}`)
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
