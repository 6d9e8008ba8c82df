// The access log: who requested what, when, with which result, and whose data it was. A row is added before the response
// leaves, and is never changed.

import { sql } from 'drizzle-orm'
import { bigId, bigInteger, index, instant, integer, primaryKey, table, text } from '../database/columns.ts'

/** What a request does (FHIR R4 AuditEvent.action). */
export type Action = 'create' | 'read' | 'update' | 'delete' | 'execute'

/**
 * How a request ended. `refused`: the caller had no right to it, or has made too many. `invalid`: another error of the
 * client. `failed`: an error of the server. `aborted`: the client left, and the result is unknown.
 */
export type Outcome = 'success' | 'refused' | 'invalid' | 'failed' | 'aborted'

export const access_log = table(
  'access_log',
  {
    id: bigId(),
    time: instant().notNull(),
    /** Not a foreign key: the row outlives the account, and keeps the name that the account had. */
    username: text().notNull(),
    /** Tells accounts apart that had the same name one after another. Null when nobody was identified. */
    user_id: integer(),
    /** The roles that the account held, with a space between them. */
    roles: text(),
    /** What identified the caller: `token` and the jti of the refresh token, or `session` and the key of the session. */
    credential: text(),
    /** The account for which a login failed. A name that no account has is not stored: people type passwords as names. */
    tried_username: text(),
    address: text().notNull(),
    method: text().notNull(),
    /** Without the query string, which may contain personal data. */
    path: text().notNull(),
    /** The pattern of the path, such as /users/:id. Null when no route has the path. */
    route: text(),
    /** Null, as the other columns that can be, in rows that were written before the columns existed. */
    action: text().$type<Action>(),
    outcome: text().$type<Outcome>(),
    status: integer().notNull(),
    duration_ms: integer().notNull(),
    request_id: text().notNull(),
    /** The process that answered: host name and process id. */
    instance: text()
  },
  (columns) => [
    index('access_log_time').on(columns.time, columns.id),
    index('access_log_username').on(columns.username, columns.time, columns.id),
    index('access_log_address').on(columns.address, columns.time, columns.id),
    // Few rows are in these, so they cost little. plugins/access-log/search.ts uses the same conditions.
    index('access_log_not_successful').on(columns.time, columns.id).where(sql`outcome <> 'success'`),
    index('access_log_changes_on_pages')
      .on(columns.time, columns.id)
      .where(sql`substr(credential, 1, 7) = 'session' and action <> 'read'`)
  ]
)

/** Whose data a request was about: a row for each person. */
export const access_log_subject = table(
  'access_log_subject',
  {
    /** The table of the subject, such as user. */
    type: text().notNull(),
    subject_id: integer().notNull(),
    /** The time and id of the row in access_log. */
    time: instant().notNull(),
    log_id: bigInteger().notNull()
  },
  (columns) => [
    primaryKey({ columns: [columns.type, columns.subject_id, columns.time, columns.log_id] }),
    index('access_log_subject_log_id').on(columns.log_id, columns.type, columns.subject_id)
  ]
)
