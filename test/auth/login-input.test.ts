// A login that is not a name and a password is rejected before anything expensive happens.

import t from 'tap'
import type { ErrorBody } from '../../src/schemas.ts'
import { login_failure } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { addUser } from '../support/logins.ts'
import { AUTH } from '../support/tokens.ts'
import { hashesDuring } from './hash-count.ts'

const { app, db } = await build(t)

t.test(
  'a field that is missing, empty, too long or of the wrong type gets 400, and no hash is computed [A4, A11]',
  async (t) => {
    const { username, password } = await addUser(app)
    const wrong = [undefined, null, 5, true, '', [], [password], {}, { $ne: null }, 'x'.repeat(1025)]
    const bodies = [
      ...wrong.map((value) => ['username', { username: value, password }] as const),
      ...wrong.map((value) => ['password', { username, password: value }] as const),
      ['password', { username, password: 'ü'.repeat(513) }] as const,
      ['password', { username, password: `${password}\0` }] as const,
      ['role', { username, password, role: 'admin' }] as const,
      ['body', []] as const,
      ['body', 'null'] as const,
      ['body', '{"username":'] as const
    ]
    const failures = await db.$count(login_failure)
    const hashes = await hashesDuring(async () => {
      for (const [field, body] of bodies) {
        const payload = typeof body === 'string' ? body : JSON.stringify(body)
        const headers = { 'content-type': 'application/json' }
        const response = await app.inject({ method: 'POST', url: AUTH, headers, payload })
        t.equal(response.statusCode, 400, payload.slice(0, 80))
        const { details } = response.json<ErrorBody>()
        t.ok(
          details?.some((detail) => detail.field === field),
          `names ${field}`
        )
      }
    })
    t.equal(hashes, 0)
    t.equal(await db.$count(login_failure), failures, 'no attempt is counted')
  }
)
