// Who changed which account, in the same transaction as the change. The access log has the request; this has what it did.

import { eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Transaction } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { account_event, user } from '../../src/tables/account.ts'

/** Who makes a change, as the event names them. */
export interface Author {
  name: string
  id: number | null
  /** The IP address, of a request. */
  address: string | null
}

export interface AccountEvent {
  action: string
  /** The account that is changed. Undefined for a change of a role. */
  account_id?: number
  before?: string | null
  after?: string
}

/** The server itself, for example when it fills the demo. */
const SERVER: Author = { name: 'server', id: null, address: null }

/** Returns the author of what a request changes. */
export function authorOf({ principal, username, address }: FastifyRequest): Author {
  return { name: username, id: principal?.id ?? null, address }
}

/** Records a change in its transaction, with the name that the account has then. Without an author, the server made it. */
export async function recordEvent(tx: Transaction, author: Author = SERVER, event: AccountEvent): Promise<void> {
  const { name, id, address } = author
  const { account_id } = event
  const [account] =
    account_id === undefined ? [] : await tx.select({ name: user.username }).from(user).where(eq(user.id, account_id))
  await tx.insert(account_event).values({
    time: fromNow(),
    actor: name,
    actor_id: id,
    address,
    account_name: account?.name ?? null,
    ...event
  })
}
