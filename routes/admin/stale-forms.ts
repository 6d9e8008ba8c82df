// Forms that show the state and the roles of an account send back what they showed. If somebody has changed the account in
// the meantime, nothing is changed, and the page shows both states.

import { type Account, stateOf } from '../../plugins/auth/account-rows.ts'
import { AccountChanged } from '../../src/errors.ts'

type State = Pick<Account, 'disabled' | 'roles'>

/** Returns in words what a form showed, and what is true now; null when that is the same, or the form showed neither. */
export function changesSince(seen: unknown, account: State): { before: string; now: string } | null {
  const now = stateOf(account)
  return typeof seen !== 'string' || seen === now ? null : { before: inWords(seen), now: inWords(now) }
}

/** Returns the roles that an account has now, with those added and removed that a form adds and removes. */
export function mergeRoles(now: string[], wanted: string[], seen: string): string[] {
  const shown = seen.split(' ').slice(1)
  const kept = now.filter((role) => wanted.includes(role) || !shown.includes(role))
  return [...new Set([...kept, ...wanted.filter((role) => !shown.includes(role))])]
}

/**
 * Makes a change, and ignores that the account has changed in the meantime if it is as the change would make it: after a
 * second click on the same button, for example.
 */
export async function unlessDone(change: Promise<void>, isDone: () => Promise<boolean>): Promise<void> {
  await change.catch(async (error) => {
    if (!(error instanceof AccountChanged) || !(await isDone())) throw error
  })
}

function inWords(state: string): string {
  const [word, ...roles] = state.split(' ')
  if (roles.length === 0) return `${word}, with no role`
  return `${word}, with the ${roles.length === 1 ? 'role' : 'roles'} ${roles.join(', ')}`
}
