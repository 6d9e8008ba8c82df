// The roles: who holds them, and what each may call.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../src/pages.ts'
import { addRole, FIXED_ROLES, listRoles, removeRole } from '../../src/roles.ts'
import { AddRole, Button, UserPath } from './schema.ts'

const roles: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app

  const show: ShowPage = async (_request, reply, refusal) => {
    const [listed, fixed] = [await listRoles(db), needed()]
    return reply.page('roles', {
      roles: listed.map((role) => ({ ...role, fixed: fixed.includes(role.name), routes: routesOf(role.name) })),
      ...refusal
    })
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
      const name = await removeRole(db, request.params.id, needed())
      await request.tell(`The role ${name} was deleted.`)
      return reply.redirect('/roles')
    }
  )

  /** The roles that cannot go: the next start would bring them back. */
  function needed(): string[] {
    return [...FIXED_ROLES, ...app.routePolicies().flatMap(({ policy }) => (typeof policy === 'string' ? [] : policy))]
  }

  /** The paths that a role may call, each with its methods. */
  function routesOf(name: string): { path: string; methods: string[]; session: boolean }[] {
    const byPath = new Map<string, { path: string; methods: string[]; session: boolean }>()
    for (const { method, path, policy, session } of app.routePolicies()) {
      if (typeof policy === 'string' || !policy.includes(name)) continue
      const entry = byPath.get(path) ?? { path, methods: [], session }
      byPath.set(path, entry)
      entry.methods.push(method)
    }
    return [...byPath.values()]
  }
}

export default roles
