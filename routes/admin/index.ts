// The administration pages.

import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../../src/config.ts'
import { ADMIN, AUDITOR } from '../../src/tables/account.ts'
import accountPage from './account-page.ts'
import activityPage from './activity-page.ts'
import chosenUsers from './chosen-users.ts'
import loginPage from './login-page.ts'
import newUserPage from './new-user-page.ts'
import overviewPage from './overview-page.ts'
import rolesPage from './roles-page.ts'
import sessionsPage from './sessions-page.ts'
import userPage from './user-page.ts'
import usersPage from './users-page.ts'

const adminPages: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  app.register(loginPage)

  app.register(async function forAdministrators(scope) {
    scope.allow(ADMIN)
    scope.register(overviewPage, { prefix: '/overview', config })
    scope.register(usersPage, { config })
    scope.register(newUserPage)
    scope.register(chosenUsers, { config })
    scope.register(userPage, { prefix: '/users/:id' })
    scope.register(rolesPage, { prefix: '/roles' })
    scope.register(sessionsPage, { prefix: '/sessions', config })
  })

  app.register(async function forAuditorsToo(scope) {
    scope.allow(ADMIN, AUDITOR)
    scope.register(activityPage, { prefix: '/activity' })
    scope.register(accountPage, { prefix: '/account' })
  })
}

export default adminPages
