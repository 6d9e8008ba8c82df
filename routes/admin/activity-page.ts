// The access log: who did what, when, from where, and with which result. Filters, one row in detail, and a file for a
// spreadsheet. Opening it is logged like everything else.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { type LogFilter, SIGN_IN_ROUTES } from '../../plugins/access-log/filter.ts'
import { type LoggedRequest, parsePlace, searchLog } from '../../plugins/access-log/search.ts'
import { logAsCsv } from '../../plugins/admin-ui/activity-csv.ts'
import { countSubjects, readLogged, subjectsOfRow } from '../../plugins/admin-ui/activity-subjects.ts'
import { sendCsv } from '../../plugins/admin-ui/csv.ts'
import { withDevices } from '../../plugins/admin-ui/event-devices.ts'
import { canonicalUsername } from '../../plugins/auth/usernames.ts'
import { NotFound } from '../../src/errors.ts'
import { parseDate } from '../../src/instants.ts'
import { MAX_ID } from '../../src/schemas.ts'
import type { Outcome } from '../../src/tables/access-log.ts'
import type { Words } from '../../src/words/en.ts'
import { wordsFor } from '../../src/words/words-for.ts'
import { ActivityQuery, LoggedPath } from './schema.ts'

const ROWS_ON_A_PAGE = 50
/** How many subjects of a row its page shows. */
const SUBJECTS_SHOWN = 100

/** The chips above the filters. */
const VIEWS: { name: string; filter: LogFilter }[] = [
  { name: '', filter: { withoutNoise: true } },
  {
    name: 'failed-sign-ins',
    filter: { outcome: 'unsuccessful', action: 'execute', routes: SIGN_IN_ROUTES }
  },
  { name: 'refused', filter: { outcome: 'refused' } },
  {
    name: 'changes',
    filter: { changesOnPages: true }
  }
]

const OUTCOMES: Outcome[] = ['success', 'refused', 'invalid', 'failed', 'aborted']

type Query = Record<string, string | undefined>

const activityPage: FastifyPluginAsyncTypebox = async (app) => {
  const { db, words } = app

  app.get('/', { schema: { querystring: ActivityQuery } }, async function showActivity(request, reply) {
    const query = request.query as Query
    const { filter, errors } = filterOf(query, app)
    const before = query.before === undefined ? undefined : parsePlace(query.before)
    const isInvalid = Object.keys(errors).length > 0
    const found = isInvalid ? { rows: [], next: null } : await searchLog(db, filter, { before, limit: ROWS_ON_A_PAGE })
    if (isInvalid) reply.code(400)
    return reply.page('activity', {
      rows: (await withDevices(db, found.rows, words)).map((row) => ({
        ...row,
        what: inWords(row, words),
        subjects: countSubjects(row)
      })),
      next: found.next,
      reached: found.reached ?? '',
      before: query.before ?? '',
      views: VIEWS,
      outcomes: OUTCOMES,
      routes: [...new Set(app.routePolicies().map(({ path }) => path))],
      search: searchOf(query),
      typed: {
        view: '',
        user: '',
        record: '',
        address: '',
        method: '',
        route: '',
        outcome: '',
        from: '',
        to: '',
        ...query
      },
      errors,
      isFiltered: Object.keys(query).some((name) => name !== 'before' && query[name])
    })
  })

  app.get(
    '/log.csv',
    { schema: { querystring: ActivityQuery, response: { 200: Type.String({ contentMediaType: 'text/csv' }) } } },
    async function downloadActivity(request, reply) {
      const { filter, errors } = filterOf(request.query as Query, app)
      if (Object.keys(errors).length > 0) return reply.redirect(`/activity?${searchOf(request.query as Query)}`)
      return sendCsv(request, reply, `activity-${app.clock.today()}.csv`, logAsCsv(db, filter))
    }
  )

  app.get('/:row', { schema: { params: LoggedPath } }, async function showRow(request, reply) {
    const id = parsePlace(request.params.row)
    const logged = id && (await readLogged(db, id))
    if (!logged) throw new NotFound('Row')
    const [row] = await withDevices(db, [logged], words)
    return reply.page('activity-row', {
      row,
      subjects: subjectsOfRow(logged).slice(0, SUBJECTS_SHOWN),
      limit: SUBJECTS_SHOWN
    })
  })
}

/** Returns in words what a request does. */
function inWords({ method, route, action }: LoggedRequest, { activity }: Words): string {
  return activity.requests[`${method} ${route}`] ?? wordsFor(action ?? method, activity.actions)
}

/** Returns the filter that a query asks for, and what is wrong with its fields. */
function filterOf(
  query: Query,
  { clock, words }: FastifyInstance
): { filter: LogFilter; errors: Record<string, string> } {
  const filter: LogFilter = { ...(VIEWS.find(({ name }) => name === query.view) ?? VIEWS[0])?.filter }
  const errors: Record<string, string> = {}
  const given = Object.fromEntries(
    Object.entries(query).map(([name, text]) => [name, text?.trim() || undefined])
  ) as Query
  if (given.user) filter.user = given.user === 'Anonymous' ? given.user : (canonicalUsername(given.user) ?? given.user)
  if (given.address) filter.address = given.address
  if (given.method) filter.method = given.method.toUpperCase()
  if (given.route) {
    filter.route = given.route
    filter.withoutNoise = false
  }
  if (given.outcome) {
    const outcome = OUTCOMES.find((one) => one === given.outcome)
    if (outcome) filter.outcome = outcome
    else
      errors.outcome = words.activity.noOutcome(
        OUTCOMES.map((one) => wordsFor(one, words.activity.outcomes)).join(', ')
      )
  }
  if (given.record) {
    const [, type = '', id = ''] = /^([a-z_]{1,60})[/ ]([1-9]\d{0,9})$/.exec(given.record) ?? []
    if (type && Number(id) <= MAX_ID) filter.subject = { type, id: Number(id) }
    else errors.record = words.activity.noRecord
  }
  for (const name of ['from', 'to'] as const) {
    const day = given[name] && parseDate(given[name])
    if (day) filter[name] = clock.day(day)[name === 'from' ? 'first' : 'last']
    else if (given[name]) errors[name] = words.activity.noDate
  }
  return { filter, errors }
}

/** Returns the query without the place where the page begins. */
function searchOf(query: Query): string {
  const kept = Object.entries(query).filter(([name, text]) => name !== 'before' && text)
  return new URLSearchParams(kept as [string, string][]).toString()
}

export default activityPage
