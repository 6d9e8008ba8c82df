// The devices that changes and requests were about, by names that people recognize. The history keeps the user agent of a device
// as what was before, and the id of its token or session as what was after.

import { and, inArray } from 'drizzle-orm'
import type { Database } from '../../src/database/db.ts'
import { MAX_ID } from '../../src/schemas.ts'
import { account_event } from '../../src/tables/account.ts'
import type { Words } from '../../src/words/en.ts'
import type { LoggedRequest } from '../access-log/search.ts'
import { deviceName } from './device-name.ts'

type AccountEvent = typeof account_event.$inferSelect

const ACTIONS = ['token blocked', 'token unblocked', 'token ended', 'session ended']
/** The path of a button that ends a device, or lets it in again. */
const PATH = /^\/(?:users\/([1-9]\d{0,9})|account)\/(?:tokens|sessions)\/([\w-]{36}|[\w-]{43})\//

/** An event as the pages show it: one about a device has it in place of `before` and `after`. */
export type ListedEvent = AccountEvent & {
  device: { id: string | null; user_agent: string | null; name: string } | null
}

/** Returns an event with the device that it is about. */
export function withDevice(event: AccountEvent, words: Words): ListedEvent {
  if (!ACTIONS.includes(event.action)) return { ...event, device: null }
  const { before: user_agent, after: id } = event
  return { ...event, before: null, after: null, device: { id, user_agent, name: deviceName(user_agent, words) } }
}

/** Returns rows of the access log, each with the name of the device that its path names, or an empty text. */
export async function withDevices<Row extends Pick<LoggedRequest, 'path' | 'user_id'>>(
  db: Database,
  rows: Row[],
  words: Words
): Promise<(Row & { device: string; shortPath: string })[]> {
  const parts = rows.map(({ path, user_id }) => {
    const [, account = String(user_id), id = ''] = PATH.exec(path) ?? []
    return { account: Number(account), id }
  })
  const named = parts.filter(({ account, id }) => id && account <= MAX_ID)
  const accounts = [...new Set(named.map(({ account }) => account))]
  const { account_id, action, before, after } = account_event
  const events =
    named.length === 0
      ? []
      : await db
          .selectDistinct({ account_id, before, after })
          .from(account_event)
          .where(
            and(
              inArray(account_id, accounts),
              inArray(
                after,
                named.map(({ id }) => id)
              ),
              inArray(action, ACTIONS)
            )
          )
  return rows.map((row, index) => {
    const { account, id = '' } = parts[index] ?? {}
    const event = id && events.find((one) => one.after === id && one.account_id === account)
    return {
      ...row,
      device: event ? deviceName(event.before, words) : '',
      // The id says nothing to people.
      shortPath: id ? row.path.replace(id, '…') : row.path
    }
  })
}
