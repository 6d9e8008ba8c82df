// The roles: how many users have each, and what it may call.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { addRole, listRoles, removeRole } from '../../plugins/admin-ui/role-list.ts'
import type { RouteEntry } from '../../plugins/roles/policy.ts'
import { requiredRoles } from '../../plugins/roles/required-roles.ts'
import { AddRole, Button, UserPath } from './schema.ts'

const rolesPage: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app

  const show: ShowPage = async (_request, reply, refusal) => {
    const routes = app.routePolicies()
    const required = requiredRoles(routes)
    const roles = (await listRoles(db)).map((role) => ({
      ...role,
      fixed: required.includes(role.name), // the next start would add it again
      routes: callable(routes, role.name)
    }))
    return reply.page('roles', { roles, ...refusal })
  }

  app.get('/', show)

  app.post(
    '/',
    {
      config: { action: 'create' },
      schema: { body: AddRole },
      errorHandler: app.showAgain(show, { ALREADY_EXISTS: ['name', 'This role already exists'] })
    },
    async function create(request, reply) {
      const name = await addRole(db, request.body.name, request.actor())
      await request.notify(`The role ${name} was added.`)
      return reply.redirect('/roles')
    }
  )

  app.post(
    '/:id/delete',
    { config: { action: 'delete' }, schema: { params: UserPath, body: Button }, errorHandler: app.showAgain(show) },
    async function remove(request, reply) {
      const required = requiredRoles(app.routePolicies())
      const name = await removeRole(db, request.params.id, required, request.actor())
      await request.notify(`The role ${name} was deleted.`)
      return reply.redirect('/roles')
    }
  )
}

/** Returns the paths that a role may call, each with its methods. */
function callable(routes: RouteEntry[], role: string) {
  const byPath = new Map<string, { path: string; methods: string[]; session: boolean }>()
  for (const { method, path, policy, session } of routes) {
    if (typeof policy === 'string' || !policy.includes(role)) continue
    const entry = byPath.get(path) ?? { path, methods: [], session }
    byPath.set(path, entry)
    entry.methods.push(method)
  }
  return [...byPath.values()]
}

export default rolesPage
