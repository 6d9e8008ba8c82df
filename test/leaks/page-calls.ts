// For every page and form a request that succeeds, and the session that it needs.

import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { session } from '../../src/tables/account.ts'
import { addTarget } from '../admin-ui/form-targets.ts'
import { freshText } from '../support/fresh-values.ts'
import { forms } from '../support/pages.ts'
import { jtiOf } from '../support/tokens.ts'
import type { Markers } from './markers.ts'
import type { Circumstances, Route } from './right-calls.ts'
import { type Call, encode, FORM, nameOf, type Send } from './send.ts'
import type { Session } from './session.ts'

/** Returns the right request to a page or a form. */
export async function pageCall(route: Route, { app, send, markers, caller }: Circumstances): Promise<Call> {
  const call = { route: nameOf(route), method: route.method }
  const path = await pathOf(app, route, caller)
  const { cookie, csrf } = route.policy === 'public' ? await openLogin(send) : caller
  if (!route.schema.body) return { ...call, path, headers: { cookie } }
  const shown = await shownState(send, path, cookie)
  const body = encode({ ...formFields(route, caller, csrf, markers), ...shown })
  return { ...call, path, headers: { cookie, ...FORM }, body }
}

async function pathOf(app: FastifyInstance, route: Route, caller: Session): Promise<string> {
  if (!route.path.includes(':')) return `${route.path}${queryOf(route)}`
  if (!route.path.startsWith('/account/')) return (await targetOf(app, route)).url(route.path)
  const [own] = await app.db.select().from(session).where(eq(session.user_id, caller.id))
  return route.path.replace(':key', own?.id ?? '').replace(':jti', jtiOf(caller.refresh_token))
}

/** Returns the fields in which a form says what its page has shown, from the page that has the form. */
async function shownState(send: Send, action: string, cookie: string): Promise<Record<string, string>> {
  if (!/^\/users\/\d+\/(roles|disable|enable)$/.test(action)) return {}
  for (const path of [action.replace(/\/\w+$/, ''), action]) {
    const { body } = await send({ route: 'GET /users/:id', method: 'GET', path, headers: { cookie } })
    const found = forms(body).find((form) => form.action === action)?.fields ?? {}
    const seen = Object.entries(found).filter(([name]) => name.endsWith('seen'))
    if (seen.length > 0) return Object.fromEntries(seen) as Record<string, string>
  }
  return {}
}

type Target = Awaited<ReturnType<typeof addTarget>>
const shared = new WeakMap<FastifyInstance, Promise<Target>>()

/** Returns what a page acts on. What changes nothing shares it. */
function targetOf(app: FastifyInstance, { method }: Route): Promise<Target> {
  if (method === 'POST') return addTarget(app)
  const target = shared.get(app) ?? addTarget(app)
  shared.set(app, target)
  return target
}

/** Returns the query that asks for little of the access log, which is long by the end of the test. */
function queryOf({ schema }: Route): string {
  if (schema.querystring?.properties?.form) return '?form=/account'
  return schema.querystring?.properties?.to ? '?to=2024-01-01' : ''
}

function formFields(route: Route, caller: Session, csrf: string, markers: Markers): Record<string, string> {
  const isSignIn = route.policy === 'public'
  const chosen = markers.unique('password')
  const known: Record<string, string | undefined> = {
    _csrf: csrf,
    roles: 'user',
    old_password: caller.password,
    new_password: chosen,
    repeated_password: chosen,
    confirmed: 'yes',
    username: isSignIn ? caller.username : undefined,
    password: isSignIn ? caller.password : undefined
  }
  const { body } = route.schema
  const required = Object.entries(body?.properties ?? {}).filter(([name]) => name !== 'next')
  return Object.fromEntries(
    required.map(([name, { format, maxLength = Number.POSITIVE_INFINITY }]) => {
      const marker = markers.unique(format === 'password' ? 'password' : 'form text')
      return [name, known[name] ?? (marker.length <= maxLength ? marker : freshText())]
    })
  )
}

/** Signs in to the pages. Returns the cookies, and the token that forms need. */
export async function openPages(send: Send, account: { username: string; password: string }) {
  const visitor = await openLogin(send)
  const signedIn = await send({
    route: 'POST /login',
    method: 'POST',
    path: '/login',
    headers: { cookie: visitor.cookie, ...FORM },
    body: encode({ ...account, _csrf: visitor.csrf })
  })
  const cookie = merge(visitor.cookie, signedIn.cookie)
  const page = await send({ route: 'GET /account', method: 'GET', path: '/account', headers: { cookie } })
  if (page.status !== 200) throw new Error(`the page of an account cannot be opened: ${page.status}`)
  return { cookie: merge(cookie, page.cookie), csrf: page.csrf }
}

/** Opens the sign-in page. Returns the cookies of the visitor, and the token that the form needs. */
async function openLogin(send: Send) {
  const { cookie, csrf } = await send({ route: 'GET /login', method: 'GET', path: '/login', headers: {} })
  return { cookie, csrf }
}

/** Returns cookies, those of the same name replaced by later ones. */
function merge(...cookies: string[]): string {
  const pairs = cookies.flatMap((list) => list.split('; ').filter(Boolean)).map((pair) => pair.split('=', 2))
  return [...new Map(pairs as [string, string][])].map(([name, value]) => `${name}=${value}`).join('; ')
}
