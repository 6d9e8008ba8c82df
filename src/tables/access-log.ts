// Who asked for what, when, and what they were told. Rows are added before the answer leaves and never changed.

import { bigId, instant, integer, table, text } from '../columns.ts'

export const access_log = table('access_log', {
  id: bigId(),
  time: instant().notNull(),
  /** Text and no foreign key: the row outlives the account and keeps the name it had. */
  username: text().notNull(),
  address: text().notNull(),
  method: text().notNull(),
  /** Without the query string, which may hold names. */
  path: text().notNull(),
  status: integer().notNull(),
  duration_ms: integer().notNull(),
  request_id: text().notNull()
})
