// How passwords are stored, and which stored hashes the server computes.

import { hash, type Options } from '@node-rs/argon2'
import { eq } from 'drizzle-orm'
import t from 'tap'
import { user } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { addUser, login } from '../support/logins.ts'

const { app, db } = await build(t)

const MEBIBYTE = 1024 // argon2 counts in KiB

t.test('passwords are hashed with argon2id and 19 MiB [A12]', async (t) => {
  const { id } = await addUser(app)
  const [row] = await db.select().from(user).where(eq(user.id, id))
  t.match(row?.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

t.test('a stored hash that costs more than 64 MiB, or is not argon2id, is not computed [A12, T13, Q27]', async (t) => {
  const account = await addUser(app)
  const table: [Options, status: number][] = [
    [{ algorithm: 2, memoryCost: 64 * MEBIBYTE, timeCost: 1, parallelism: 1 }, 200],
    [{ algorithm: 2, memoryCost: 65 * MEBIBYTE, timeCost: 1, parallelism: 1 }, 401],
    [{ algorithm: 2, memoryCost: MEBIBYTE, timeCost: 11, parallelism: 1 }, 401],
    [{ algorithm: 2, memoryCost: MEBIBYTE, timeCost: 1, parallelism: 5 }, 401],
    [{ algorithm: 1, memoryCost: MEBIBYTE, timeCost: 1, parallelism: 1 }, 401]
  ]
  for (const [options, status] of table) {
    const password_hash = await hash(account.password, options)
    await db.update(user).set({ password_hash }).where(eq(user.id, account.id))
    t.equal((await login(app, account)).statusCode, status, JSON.stringify(options))
  }
})
