// The pages for administrators.

import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../../src/config.ts'
import { ADMIN } from '../../src/roles.ts'
import account from './account.ts'
import login from './login.ts'
import roles from './roles.ts'
import user from './user.ts'
import users from './users.ts'

const admin: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  app.allow(ADMIN)
  app.register(login)
  app.register(users, { demo: config.demo })
  app.register(user, { prefix: '/users/:id' })
  app.register(roles, { prefix: '/roles' })
  app.register(account, { prefix: '/account' })
}

export default admin
