// The administration pages.

import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../../src/config.ts'
import { ADMIN } from '../../src/tables/account.ts'
import accountPage from './account-page.ts'
import loginPage from './login-page.ts'
import rolesPage from './roles-page.ts'
import userPage from './user-page.ts'
import usersPage from './users-page.ts'

const adminPages: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  app.allow(ADMIN)
  app.register(loginPage)
  app.register(usersPage, { demo: config.demo })
  app.register(userPage, { prefix: '/users/:id' })
  app.register(rolesPage, { prefix: '/roles' })
  app.register(accountPage, { prefix: '/account' })
}

export default adminPages
