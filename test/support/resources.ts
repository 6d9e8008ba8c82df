// Small resources that exist in the tests only, `sample`, `part` and `ticket`: what the server promises of every resource is
// tested with them, whatever a project is about.

import { sql } from 'drizzle-orm'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import compression from '../../plugins/compression.ts'
import wholeLists from '../../plugins/whole-lists.ts'
import accessReport from '../../routes/api/access-report.ts'
import batch from '../../routes/api/batch.ts'
import { createApp } from '../../src/app.ts'
import { type Config, engine } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { addETag } from '../../src/entity-tags.ts'
import { serializeInPieces } from '../../src/list-pieces.ts'
import { searchTriggers } from '../../src/search/searchable.ts'
import parts from './part/index.ts'
import { PartBody } from './part/schema.ts'
import { part, partSearch } from './part/table.ts'
import samples from './sample/index.ts'
import { sample, sampleSearch } from './sample/table.ts'
import tickets from './ticket/index.ts'
import { ticketSearch } from './ticket/table.ts'

// The table is the same on both engines, but for the name of its key.
const TICKET_SAMPLE = [
  `create table if not exists ticket_sample (
    ticket_id integer not null,
    sample_id integer not null,
    primary key (ticket_id, sample_id),
    foreign key (ticket_id) references ticket (id) on update no action on delete cascade,
    foreign key (sample_id) references sample (id) on update no action on delete cascade
  )`,
  'create index if not exists ticket_sample_sample_id on ticket_sample (sample_id, ticket_id)'
]

const TICKET_INDEXES = [
  'create index if not exists ticket_about_id on ticket (about_id)',
  'create index if not exists ticket_parent_id on ticket (parent_id)',
  'create index if not exists ticket_author_id on ticket (author_id)',
  'create unique index if not exists ticket_author_id_title on ticket (author_id, title)',
  'create index if not exists ticket_priority on ticket (priority, id)',
  'create index if not exists ticket_effort on ticket (effort, id)'
]

// What Drizzle would generate for the tables, which are in no migration.
const TABLES = {
  sqlite: [
    `create table if not exists sample (
      id integer primary key autoincrement not null,
      version integer default 1 not null,
      name text not null
    )`,
    `create table if not exists part (
      id integer primary key autoincrement not null,
      version integer default 1 not null,
      sample_id integer not null,
      label text not null,
      note text,
      made_on text,
      seen_at integer not null,
      amount real not null,
      count integer,
      done integer not null,
      foreign key (sample_id) references sample (id) on update no action on delete no action
    )`,
    'create index if not exists part_sample_id on part (sample_id)',
    `create table if not exists ticket (
      id integer primary key autoincrement not null,
      version integer default 1 not null,
      title text not null,
      status text default 'open' not null,
      priority integer default 3 not null,
      effort real,
      contact text not null,
      link text,
      about_id integer,
      parent_id integer,
      author_id integer not null,
      foreign key (about_id) references sample (id) on update no action on delete no action,
      foreign key (parent_id) references ticket (id) on update no action on delete no action,
      foreign key (author_id) references user (id) on update no action on delete no action
    )`,
    ...TICKET_INDEXES,
    ...TICKET_SAMPLE,
    'create index if not exists ticket_title on ticket (title, id)',
    'create index if not exists sample_name on sample (name, id)',
    'create index if not exists part_label on part (label, id)',
    'create index if not exists part_made_on on part (made_on, id)',
    'create index if not exists part_seen_at on part (seen_at, id)',
    'create index if not exists part_amount on part (amount, id)',
    'create index if not exists part_count on part (count, id)'
  ],
  postgres: [
    `create table if not exists sample (
      id integer primary key generated always as identity,
      version integer default 1 not null,
      name text not null
    )`,
    `create table if not exists part (
      id integer primary key generated always as identity,
      version integer default 1 not null,
      sample_id integer not null,
      label text not null,
      note text,
      made_on date,
      seen_at timestamp (3) with time zone not null,
      amount double precision not null,
      count integer,
      done boolean not null,
      constraint part_sample_id_sample_id_fk foreign key (sample_id) references sample (id)
        on delete no action on update no action
    )`,
    'create index if not exists part_sample_id on part using btree (sample_id)',
    `create table if not exists ticket (
      id integer primary key generated always as identity,
      version integer default 1 not null,
      title text not null,
      status text default 'open' not null,
      priority integer default 3 not null,
      effort double precision,
      contact text not null,
      link text,
      about_id integer,
      parent_id integer,
      author_id integer not null,
      constraint ticket_about_id_sample_id_fk foreign key (about_id) references sample (id)
        on delete no action on update no action,
      constraint ticket_parent_id_ticket_id_fk foreign key (parent_id) references ticket (id)
        on delete no action on update no action,
      constraint ticket_author_id_user_id_fk foreign key (author_id) references "user" (id)
        on delete no action on update no action
    )`,
    ...TICKET_INDEXES,
    ...TICKET_SAMPLE,
    'create index if not exists ticket_title on ticket (title collate "C", id)',
    'create index if not exists sample_name on sample using btree (name collate "C", id)',
    'create index if not exists part_label on part using btree (label collate "C", id)',
    'create index if not exists part_made_on on part using btree (made_on, id)',
    'create index if not exists part_seen_at on part using btree (seen_at, id)',
    'create index if not exists part_amount on part using btree (amount, id)',
    'create index if not exists part_count on part using btree (count, id)'
  ]
}

type Logger = Pick<FastifyServerOptions, 'loggerInstance'>

/** The production server with the resources in its API and their tables in its database; not listening. */
export async function buildWithResources(config: Config, logger: Logger = {}): Promise<FastifyInstance> {
  const app = createWithResources(config, logger)
  await app.ready()
  return app
}

/** Like `buildWithResources`, but not ready yet: plugins and hooks can still be added. */
export function createWithResources(config: Config, logger: Logger = {}): FastifyInstance {
  const app = createApp(config, logger)
  app.register(async function testScope(api) {
    api.addHook('onReady', async function createTables() {
      for (const statement of TABLES[engine]) await execute(api.db, statement)
      for (const one of [sampleSearch, partSearch, ticketSearch])
        for (const statement of searchTriggers(one).values()) await execute(api.db, statement)
    })
    api.guard(api.authenticate)
    api.addHook('preSerialization', addETag)
    api.addHook('preSerialization', serializeInPieces)
    api.register(wholeLists)
    api.register(compression)
    api.register(samples, { prefix: '/api/sample' })
    api.register(parts, { prefix: '/api/part' })
    api.register(tickets, { prefix: '/api/ticket' })
    api.register(
      async function reportScope(scope) {
        scope.subject(sample)
        scope.register(accessReport, { subject: sample })
      },
      { prefix: '/api/sample' }
    )
    api.register(
      async function batchScope(scope) {
        scope.allow('user')
        scope.subject(sample, part.sample_id)
        scope.register(batch, { table: part, body: PartBody, references: { sample_id: sample } })
      },
      { prefix: '/api/part' }
    )
  })
  return app
}

/** Whether a route is one of these resources'. */
export function isTestRoute({ path }: { path: string }): boolean {
  return /^\/api\/(sample|part|ticket)(\/|$)/.test(path)
}

/** Runs a statement in the dialect of the engine. */
export async function execute(db: Database, statement: string): Promise<void> {
  const query = sql.raw(statement)
  if (engine === 'postgres') await db.execute(query)
  else await (db as unknown as { run(query: unknown): Promise<unknown> }).run(query)
}
