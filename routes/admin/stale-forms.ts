// Forms that show the state and the roles of an account send back what they showed. If somebody has changed the account in
// the meantime, nothing is changed, and the page shows both states.

import { type Account, stateOf } from '../../plugins/auth/account-rows.ts'
import { AccountChanged } from '../../src/errors.ts'
import type { Words } from '../../src/words/en.ts'
import { wordsFor } from '../../src/words/words-for.ts'

type State = Pick<Account, 'disabled' | 'roles'>

/** Returns in words what a form showed, and what is true now; null when that is the same, or the form showed neither. */
export function changesSince(seen: unknown, account: State, words: Words): { before: string; now: string } | null {
  const now = stateOf(account)
  return typeof seen !== 'string' || seen === now ? null : { before: inWords(seen, words), now: inWords(now, words) }
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

function inWords(state: string, { states, user }: Words): string {
  const [name = '', ...roles] = state.split(' ')
  return user.stateWithRoles(wordsFor(name, states), roles)
}
