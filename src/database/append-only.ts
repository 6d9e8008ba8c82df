// Tables whose rows are added and never changed: triggers refuse it. Rows of the access log and their seals can be removed once a
// seal says that rows before a later time have been. The triggers are not in the migrations, because SQLite drops a table's
// triggers when a migration rebuilds the table. So they are looked for at every start.

import type Sqlite from 'better-sqlite3'
import type pg from 'pg'

const TABLES = ['access_log', 'access_log_seal', 'account_event']
const REMOVABLE = ['access_log', 'access_log_seal']
const REMOVED_BEFORE = 'select max(removed_before) from access_log_seal where removed_before is not null'

/** Adds the triggers that are missing. */
export function refuseChangesInSqlite(connection: Sqlite.Database): void {
  const exists = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
  for (const table of TABLES.filter((name) => exists.get(name))) {
    for (const change of ['UPDATE', 'DELETE']) {
      const isRefused =
        change === 'DELETE' && REMOVABLE.includes(table) ? `WHEN OLD.time >= coalesce((${REMOVED_BEFORE}), 0)` : ''
      const trigger = `${table}_refuse_${change.toLowerCase()}`
      const message = `rows of ${table} cannot be changed or removed`
      connection.exec(
        `CREATE TRIGGER IF NOT EXISTS "${trigger}" BEFORE ${change} ON "${table}" ${isRefused}
         BEGIN SELECT RAISE(ABORT, '${message}'); END`
      )
    }
  }
}

/** Does the same in the open transaction of a connection to PostgreSQL. */
export async function refuseChangesInPostgres(connection: pg.Client): Promise<void> {
  // Creating a trigger waits for everybody who writes to its table, so it is created only where there is none.
  const { rows } = await connection.query<{ name: string }>(
    `select name from unnest($1::text[]) as names(name)
     where to_regclass(name) is not null and (
       select count(*) from pg_trigger
       where tgrelid = to_regclass(name) and tgname in ('refuse_change', 'refuse_removal') and tgenabled = 'O'
     ) < case when name = any($2::text[]) then 2 else 1 end`,
    [TABLES, REMOVABLE]
  )
  if (rows.length === 0) return
  await connection.query(`create or replace function refuse_change() returns trigger language plpgsql as $$ begin
    raise exception 'rows of % cannot be changed or removed', tg_table_name;
  end $$`)
  await connection.query(`create or replace function refuse_removal() returns trigger language plpgsql as $$ begin
    if old.time < (${REMOVED_BEFORE}) then return old; end if;
    raise exception 'rows of % cannot be changed or removed', tg_table_name;
  end $$`)
  for (const { name } of rows) {
    const isRemovable = REMOVABLE.includes(name)
    await connection.query(
      `drop trigger if exists refuse_change on ${name};
       create trigger refuse_change before update ${isRemovable ? '' : 'or delete'} or truncate on ${name}
       for each statement execute function refuse_change()`
    )
    if (!isRemovable) continue
    await connection.query(
      `drop trigger if exists refuse_removal on ${name};
       create trigger refuse_removal before delete on ${name} for each row execute function refuse_removal()`
    )
  }
}
