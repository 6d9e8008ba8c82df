// The table of policies as text, and the names that roles can have. No server is needed.

import t from 'tap'
import { policyTable, ROLE_NAME, type RouteEntry } from '../../plugins/roles/policy.ts'
import { FIXED_ROLES } from '../../plugins/roles/required-roles.ts'
import { escaped } from '../support/properties.ts'

t.test('the table of policies has one line per route, in columns', async (t) => {
  const routes: RouteEntry[] = [
    { method: 'GET', path: '/', policy: 'public', session: false },
    { method: 'DELETE', path: '/api/thing/:id', policy: ['admin', 'user'], session: false },
    { method: 'POST', path: '/api/thing', policy: 'refresh token', session: false },
    { method: 'PUT', path: '/api/me', policy: 'any account', session: true }
  ]
  t.equal(
    policyTable(routes),
    [
      'GET     /               public\n',
      'DELETE  /api/thing/:id  role admin or user\n',
      'POST    /api/thing      refresh token\n',
      'PUT     /api/me         any account, by session\n'
    ].join('')
  )
  t.equal(policyTable([]), '')
})

t.test('a role name is a lower-case word of at most 32 characters', async (t) => {
  for (const name of [...FIXED_ROLES, 'a', 'lab-2', 'night_shift', 'x'.repeat(32)]) t.match(name, ROLE_NAME)
  const none = [
    '',
    'x'.repeat(33),
    'Admin',
    ' admin',
    'admin\n',
    'two words',
    '2nd',
    '-a',
    '_a',
    'ärztin',
    'a<b>',
    'a,b'
  ]
  for (const name of none) t.notMatch(name, ROLE_NAME, escaped(name))
})
