// Ownership where the contract of a resource does not show it: what a server refuses to start with, records that belong to an
// account through another record, and handlers that forget about owners.

import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Ownership } from '../../plugins/ownership/index.ts'
import batch from '../../routes/api/batch.ts'
import { loadConfig } from '../../src/config.ts'
import { id, reference, table } from '../../src/database/columns.ts'
import { ListOf, SliceQuery } from '../../src/list-schemas.ts'
import { createRecordReader } from '../../src/record-reader.ts'
import { single } from '../../src/records.ts'
import { Id, RecordPath, Strict } from '../../src/schemas.ts'
import { refresh_token, session, user } from '../../src/tables/account.ts'
import { engine, environment, signInNew } from '../support/app.ts'
import { createWithResources, execute } from '../support/resources.ts'
import { ticket } from '../support/ticket/table.ts'

const step = table('step', { id: id(), ticket_id: reference(() => ticket.id).notNull() })
const note = table('note', {
  id: id(),
  ticket_id: reference(() => ticket.id),
  author_id: reference(() => user.id).notNull()
})
const Step = Type.Object({ id: Id, ticket_id: Id })
const StepList = ListOf({ steps: Step }, 'StepList')

/** Returns the server with another scope, in which `addRoutes` states owners and adds routes. */
async function start(t: Test, addRoutes: (scope: FastifyInstance) => unknown): Promise<FastifyInstance> {
  const app = createWithResources(loadConfig(await environment(t)))
  t.teardown(() => app.close())
  app.register(async (scope) => {
    scope.guard(scope.authenticate)
    scope.subject('none')
    await addRoutes(scope)
  })
  await app.ready()
  return app
}

t.test('a server does not start with an owner that cannot be meant [D8]', async (t) => {
  const refuses = async (addRoutes: (scope: FastifyInstance) => unknown, message: RegExp) =>
    await t.rejects(start(t, addRoutes), { message })
  const route = (scope: FastifyInstance, roles: string[]) =>
    scope.get('/extra', {
      config: { policy: roles as [string] },
      schema: { response: { 200: Step } },
      handler: async () => ({})
    })

  const column = refresh_token.user_id
  await refuses((scope) => scope.owner(column, { all: [] }), /^refresh_token.user_id is no reference to user$/)
  const path: [typeof step.ticket_id, typeof ticket.parent_id] = [step.ticket_id, ticket.parent_id]
  await refuses((scope) => scope.owner(path, { all: [] }), /^ticket.parent_id is no reference to user$/)
  await refuses(
    (scope) => scope.owner([step.ticket_id, session.user_id], { all: [] }),
    /^step.ticket_id is no reference/
  )
  await refuses((scope) => scope.owner(ticket.author_id, { all: [] }), /^Ticket: its owner is stated twice$/)
  await refuses((scope) => {
    scope.owner(session.user_id, { all: ['manager'] })
    route(scope, ['user'])
  }, /^Session: the role manager may see all records, but call no route$/)
  await refuses((scope) => {
    scope.owner(session.user_id, { all: ['manager'] })
    route(scope, ['manager'])
  }, /^Session: every role may see all records$/)
  await refuses((scope) => {
    scope.owner(session.user_id, { all: [] })
    scope.get('/extra', { config: { policy: 'any account' }, schema: { response: { 200: Step } } }, async () => ({}))
  }, /\/extra needs a policy of roles, because its records have owners$/)
})

/** Adds the steps of tickets, which belong to the author of their ticket. `forgets` leaves out the condition of the list. */
function addSteps(scope: FastifyInstance, forgets = false): void {
  const { db } = scope
  scope.addHook('onReady', async () => {
    const key = engine === 'postgres' ? 'primary key generated always as identity' : 'primary key'
    await execute(db, `create table step (id integer ${key}, ticket_id integer references ticket (id))`)
  })
  scope.allow('user', 'dispatcher')
  const owner: Ownership = scope.owner([step.ticket_id, ticket.author_id], { all: ['dispatcher'] })
  const steps = createRecordReader(db, step, 'Step')
  const schema = { querystring: SliceQuery({}), response: { 200: StepList } }
  scope.get('/api/step/', { schema }, async (request) => {
    const condition = forgets ? undefined : owner.visible(request)
    const [records, next] = await steps.list(request.query as { limit: number }, condition)
    return { steps: records, next }
  })
  const params = { params: RecordPath, response: { 200: Step } }
  scope.get('/api/step/:id', { schema: params }, async ({ params }) => await steps.find((params as { id: number }).id))
  scope.get('/api/step/latest', { schema: { response: { 200: Step } } }, async () => {
    return (await steps.list({ limit: 1, before: 1_000_000 }))[0][0]
  })
}

/** Adds a ticket of a new account, and returns both. */
async function addTicket(app: FastifyInstance, name: string) {
  const caller = await signInNew(app, name, ['user'])
  const values = { title: 'Lamp', contact: 'ada@example.org', author_id: caller.id }
  const { id: ticket_id } = single(await app.db.insert(ticket).values(values).returning())
  return { caller, ticket_id }
}

/** Adds a step of a ticket of a new account, and returns it with the account. */
async function addStep(app: FastifyInstance, name: string) {
  const { caller, ticket_id } = await addTicket(app, name)
  return { caller, step: single(await app.db.insert(step).values({ ticket_id }).returning()) }
}

t.test('a record can belong to the account that owns another record [D8]', async (t) => {
  const app = await start(t, (scope) => addSteps(scope))
  const [first, second] = [await addStep(app, 'first'), await addStep(app, 'second')]
  const dispatcher = await signInNew(app, 'dispatcher', ['dispatcher'])
  t.strictSame((await first.caller.get('/api/step/')).json(), { steps: [first.step], next: null })
  t.strictSame((await second.caller.get('/api/step/?limit=1')).json(), { steps: [second.step], next: null })
  t.strictSame((await dispatcher.get('/api/step/')).json(), { steps: [first.step, second.step], next: null })
  t.strictSame((await first.caller.get(`/api/step/${first.step.id}`)).json(), first.step)
  const hidden = await first.caller.get(`/api/step/${second.step.id}`)
  t.equal(hidden.statusCode, 404)
  t.equal(hidden.payload, (await first.caller.get('/api/step/4711')).payload)
  t.strictSame((await dispatcher.get(`/api/step/${second.step.id}`)).json(), second.step)
})

t.test('a handler that forgets about owners sends no record of another account [D8]', async (t) => {
  const app = await start(t, (scope) => addSteps(scope, true))
  const [first, second] = [await addStep(app, 'first'), await addStep(app, 'second')]
  const list = await first.caller.get('/api/step/')
  t.equal(list.statusCode, 500)
  t.notMatch(list.payload, 'ticket_id')
  t.strictSame((await second.caller.get('/api/step/latest')).json(), second.step)
  const latest = await first.caller.get('/api/step/latest')
  t.equal(latest.statusCode, 404)
  t.match(latest.json(), { code: 'NOT_FOUND', message: 'Step not found' })
})

t.test('many records sent together belong to the caller, and refer to no record of another account [D8]', async (t) => {
  const app = await start(t, (scope) => {
    scope.addHook('onReady', async () => {
      const key = engine === 'postgres' ? 'primary key generated always as identity' : 'primary key'
      await execute(scope.db, `create table note (id integer ${key}, ticket_id integer, author_id integer not null)`)
    })
    scope.allow('user', 'dispatcher')
    scope.owner(note.author_id, { all: ['dispatcher'] })
    const body = Strict({ ticket_id: Type.Optional(Id), author_id: Type.Optional(Id) })
    scope.register(batch, { prefix: '/api/note', table: note, body, references: { ticket_id: ticket } })
  })
  const [first, second] = [await addTicket(app, 'first'), await addTicket(app, 'second')]
  const dispatcher = await signInNew(app, 'dispatcher', ['dispatcher'])
  const send = (caller: typeof dispatcher, ...records: object[]) => caller.post('/api/note/batch', records)
  const [own, other] = [{ ticket_id: first.ticket_id }, { ticket_id: second.ticket_id }]

  t.equal((await send(first.caller, own, { author_id: first.caller.id })).statusCode, 201)
  const hidden = await send(first.caller, own, other)
  t.match(hidden.json(), { statusCode: 400, details: [{ field: '1.ticket_id' }] })
  t.strictSame(hidden.json(), (await send(first.caller, own, { ticket_id: 4711 })).json(), 'as if it did not exist')
  const given = await send(first.caller, own, { author_id: second.caller.id })
  t.match(given.json(), { statusCode: 400, details: [{ field: '1.author_id', message: 'must be your own account' }] })
  t.equal((await send(dispatcher, other, { author_id: second.caller.id })).statusCode, 201)
  const notes = await app.db.select().from(note).orderBy(note.id)
  t.strictSame(
    notes.map(({ author_id }) => author_id),
    [first.caller.id, first.caller.id, dispatcher.id, second.caller.id]
  )
})
