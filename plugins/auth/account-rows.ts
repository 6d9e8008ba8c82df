// How accounts are read with their roles.

/** An account without its password; `roles` is sorted by name. */
export interface Account {
  id: number
  username: string
  disabled: boolean
  roles: string[]
  created_at: string
  last_login: string | null
}

/** The fields of a relational query of accounts. */
export const accountFields = {
  columns: { id: true, username: true, disabled: true, created_at: true, last_login: true },
  with: { roles: { columns: {}, with: { role: { columns: { name: true } } } } }
} as const

/** Returns the account that a row of this query describes. */
export function toAccount<Row extends { roles: { role: { name: string } }[] }>(row: Row) {
  return { ...row, roles: row.roles.map((held) => held.role.name).sort() }
}

/** Returns the state and the roles of an account as words: `enabled admin user`. */
export function stateOf({ disabled, roles }: Pick<Account, 'disabled' | 'roles'>): string {
  return [disabled ? 'disabled' : 'enabled', ...roles].join(' ')
}
