// The roles: how many users have each, and what it may do.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { addRole, listRoles, removeRole } from '../../plugins/admin-ui/role-list.ts'
import type { RouteEntry } from '../../plugins/roles/policy.ts'
import { requiredRoles } from '../../plugins/roles/required-roles.ts'
import { AddRole, Button, UserPath } from './schema.ts'

const rolesPage: FastifyPluginAsyncTypebox = async (app) => {
  const { db, words } = app

  const show: ShowPage = async (_request, reply, refusal) => {
    const routes = app.routePolicies()
    const required = requiredRoles(routes)
    const roles = (await listRoles(db)).map((role) => ({
      ...role,
      fixed: required.includes(role.name), // the next start would add it again
      rights: rightsOf(routes, role.name)
    }))
    return reply.page('roles', { roles, ...refusal })
  }

  app.get('/', app.showKept(show))

  app.post(
    '/',
    {
      config: { action: 'create' },
      schema: { body: AddRole },
      errorHandler: app.showAgain(show, { ALREADY_EXISTS: ['name', words.errors.exists.role] })
    },
    async function create(request, reply) {
      const name = await addRole(db, request.body.name, request.actor())
      await request.notify(words.roles.wasAdded(name))
      return reply.redirect('/roles')
    }
  )

  app.post(
    '/:id/delete',
    { config: { action: 'delete' }, schema: { params: UserPath, body: Button }, errorHandler: app.showAgain(show) },
    async function remove(request, reply) {
      const required = requiredRoles(app.routePolicies())
      const name = await removeRole(db, request.params.id, required, request.actor())
      await request.notify(words.roles.wasDeleted(name))
      return reply.redirect('/roles')
    }
  )
}

/** What a role may do with a resource, and the paths by which it may. */
interface Rights {
  /** The part of a path; `pages` or `ownAccount` for the pages. */
  resource: string
  page: string
  actions: { word: string; allowed: boolean }[]
  paths: { path: string; methods: string[] }[]
}

const ACTIONS: Record<string, string> = { GET: 'read', POST: 'add', PUT: 'change', PATCH: 'change', DELETE: 'delete' }

/** The pages of one's own account. */
const OWN = '/account'

/** Returns what a role may do, by resource: the first part of a path of the API. The pages are two resources. */
function rightsOf(routes: RouteEntry[], role: string): Rights[] {
  const callable = routes.filter(({ policy }) => typeof policy !== 'string' && policy.includes(role))
  const byResource = Map.groupBy(callable, resourceOf)
  return [...byResource].map(([resource, entries]) => {
    const words = new Set(
      entries.map(({ method, session }) => (session && method === 'POST' ? 'change' : ACTIONS[method]))
    )
    const byPath = Map.groupBy(entries, ({ path }) => path)
    return {
      resource,
      page: entries[0]?.session ? resource : '',
      actions: ['read', 'add', 'change', 'delete'].map((word) => ({ word, allowed: words.has(word) })),
      paths: [...byPath].map(([path, sharing]) => ({ path, methods: sharing.map(({ method }) => method) }))
    }
  })
}

function resourceOf({ path, session }: RouteEntry): string {
  if (session) return path.startsWith(OWN) ? 'ownAccount' : 'pages'
  return path.replace(/^\/api(?=\/)/, '').split('/')[1] || path
}

export default rolesPage
