// The keys with which clients repeat a creation safely.

import { index, instant, table, text } from '../database/columns.ts'

export const idempotency_key = table(
  'idempotency_key',
  {
    /** A keyed hash of the account, the address and the key that the client sent. */
    key: text().primaryKey(),
    /** A keyed hash of the body, to notice another one. */
    fingerprint: text().notNull(),
    /** The record that was created, encrypted so that only the sender of the key can read it. */
    record: text().notNull(),
    expiry: instant().notNull()
  },
  (columns) => [index('idempotency_key_expiry').on(columns.expiry)]
)
