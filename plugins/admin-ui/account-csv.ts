// The list of accounts as CSV, for a spreadsheet.

import type { Database } from '../../src/database/db.ts'
import type { Account } from '../auth/account-rows.ts'
import { readAccounts } from './account-list.ts'
import { csvLine } from './csv.ts'

const AT_ONCE = 500

/** Yields the accounts with these ids as CSV, in this order, after a line with the names of the columns. */
export async function* accountsAsCsv(db: Database, ids: number[], locked: number[]): AsyncGenerator<string> {
  yield csvLine(['id', 'username', 'roles', 'state', 'last_login', 'created_at'])
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const accounts = await readAccounts(db, ids.slice(start, start + AT_ONCE))
    yield accounts
      .map((account) =>
        csvLine([
          account.id,
          account.username,
          account.roles.join(' '),
          stateOf(account, locked),
          account.last_login,
          account.created_at
        ])
      )
      .join('')
  }
}

/** Returns the state of an account in a word. */
export function stateOf({ id, disabled }: Account, locked: number[]): 'disabled' | 'locked' | 'enabled' {
  if (disabled) return 'disabled'
  return locked.includes(id) ? 'locked' : 'enabled'
}
