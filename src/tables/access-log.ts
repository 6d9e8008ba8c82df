// The access log: who requested what, when, with which result, and whose data it was. A row is added before the response
// leaves, and is never changed.

import { sql } from 'drizzle-orm'
import {
  bigId,
  bigInteger,
  idInTime,
  index,
  instant,
  integer,
  primaryKey,
  table,
  text,
  timeKey,
  uniqueIndex
} from '../database/columns.ts'

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
    id: idInTime(),
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
    /** The process that answered. It is the `writer` of the seals of its rows. */
    instance: text(),
    /** Whose data it was: `table:id` for each person, with a space before and after each. */
    subjects: text(),
    /** How many more requests like this one the row stands for. Null: none. */
    more: integer()
  },
  (columns) => timeKey('access_log', columns)
)

/**
 * What the rows of a block of ids can be found by: see plugins/access-log/blocks.ts. A block has a summary some seconds after its
 * last row; requests do not wait for it.
 */
export const access_log_block = table('access_log_block', {
  /** The ids of its rows, divided by 1,000. */
  block: bigInteger().primaryKey(),
  /** The keys of its rows, as a Bloom filter. */
  keys: text().notNull(),
  /** Between these times are those of all its rows. */
  first_time: instant().notNull(),
  last_time: instant().notNull()
})

/**
 * `found`: rows that another process did not seal. `removal`: rows were removed because of their age. `held`: rows that stayed,
 * because somebody holds them.
 */
export type SealKind = 'start' | 'rows' | 'found' | 'removal' | 'held' | 'end'

/** What proves that rows were not changed. Each process that writes the log has a chain of these: see docs/access-log.md. */
export const access_log_seal = table(
  'access_log_seal',
  {
    id: bigId(),
    writer: text().notNull(),
    sequence: integer().notNull(),
    kind: text().$type<SealKind>().notNull(),
    /** When the entry was made. If it seals rows: the time of the last of them. */
    time: instant().notNull(),
    /** The ids of the sealed rows, such as `5-9,12`. */
    ids: text(),
    /** The last of them. At the start of a chain: the last id that there was. */
    last_id: bigInteger(),
    /** A digest for each of these rows, 22 characters each. */
    digests: text(),
    /** What else the entry says, as JSON. */
    detail: text(),
    /** Rows before this time have been removed. */
    removed_before: instant(),
    /** The code of the entry before, and that of this one. Null when the server has no ACCESS_LOG_KEY. */
    previous: text(),
    code: text()
  },
  (columns) => [
    uniqueIndex('access_log_seal_chain').on(columns.writer, columns.sequence),
    index('access_log_seal_special').on(columns.id).where(sql`kind <> 'rows'`),
    index('access_log_seal_removed_before').on(columns.removed_before).where(sql`removed_before is not null`)
  ]
)

/**
 * How many requests of an hour ended in which way, and how many of them were failed sign-ins. Counted when rows are sealed, so
 * that nobody needs to count rows.
 */
export const access_log_hour = table(
  'access_log_hour',
  {
    hour: instant().notNull(),
    kind: text().$type<Outcome | 'failed sign-in'>().notNull(),
    requests: integer().notNull()
  },
  (columns) => [primaryKey({ columns: [columns.hour, columns.kind] })]
)

/** Subjects whose rows are not removed, however old they are. */
export const access_log_hold = table('access_log_hold', {
  /** `table:id` */
  subject: text().primaryKey(),
  since: instant().notNull(),
  author: text().notNull()
})
