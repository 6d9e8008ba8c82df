// The roles: who holds them, and what each may call.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../src/pages.ts'
import type { RouteEntry } from '../../src/policy-table.ts'
import { addRole, listRoles, neededRoles, removeRole } from '../../src/roles.ts'
import { AddRole, Button, UserPath } from './schema.ts'

const roles: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app

  const show: ShowPage = async (_request, reply, refusal) => {
    const routes = app.routePolicies()
    const needed = neededRoles(routes)
    const roles = (await listRoles(db)).map((role) => ({
      ...role,
      fixed: needed.includes(role.name), // the next start would bring it back
      routes: callable(routes, role.name)
    }))
    return reply.page('roles', { roles, ...refusal })
  }

  app.get('/', show)

  app.post(
    '/',
    {
      schema: { body: AddRole },
      errorHandler: app.onPage(show, { ALREADY_EXISTS: ['name', 'There is such a role already'] })
    },
    async function addOne(request, reply) {
      const name = await addRole(db, request.body.name)
      await request.tell(`The role ${name} was added.`)
      return reply.redirect('/roles')
    }
  )

  app.post(
    '/:id/delete',
    { schema: { params: UserPath, body: Button }, errorHandler: app.onPage(show) },
    async function deleteOne(request, reply) {
      const name = await removeRole(db, request.params.id, neededRoles(app.routePolicies()))
      await request.tell(`The role ${name} was deleted.`)
      return reply.redirect('/roles')
    }
  )
}

/** The paths that a role may call, each with its methods. */
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

export default roles
