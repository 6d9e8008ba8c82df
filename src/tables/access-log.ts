// The access log: who requested what, when, and with which result. A row is added before the response leaves, and is
// never changed.

import { bigId, instant, integer, table, text } from '../database/columns.ts'

export const access_log = table('access_log', {
  id: bigId(),
  time: instant().notNull(),
  /** Not a foreign key: the row outlives the account, and keeps the name that the account had. */
  username: text().notNull(),
  address: text().notNull(),
  method: text().notNull(),
  /** Without the query string, which may contain personal data. */
  path: text().notNull(),
  status: integer().notNull(),
  duration_ms: integer().notNull(),
  request_id: text().notNull()
})
