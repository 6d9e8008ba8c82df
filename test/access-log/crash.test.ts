// A process that is killed under load loses nothing that it has confirmed to a client.

import { once } from 'node:events'
import Sqlite from 'better-sqlite3'
import { isNotNull } from 'drizzle-orm'
import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { refresh_token } from '../../src/tables/account.ts'
import { engine, logRows } from '../support/app.ts'
import { startServer } from '../support/process.ts'
import { get, login, production, rotate, send, type Tokens } from '../support/production.ts'

t.test(
  'after kill -9 under load, every confirmed change and its log row are in the database [E4, H8, Q1]',
  async (t) => {
    const { env, db, account } = await production(t)
    const server = await startServer(t, env)
    const logins = await Promise.all(Array.from({ length: 8 }, () => login(server.url, account)))

    let confirmed = 0
    const killed = once(server.child, 'exit')
    const clients = logins.map(async (first) => {
      const tokens = [first]
      for (;;) {
        const next = await rotate(server.url, tokens.at(-1) as Tokens)
        if (!next) return tokens
        tokens.push(next)
        if (++confirmed === 100) server.child.kill('SIGKILL')
      }
    })
    const received = await Promise.all(clients)
    await killed

    t.ok(confirmed >= 100)
    const stored = new Set((await db.select().from(refresh_token)).map((row) => row.jti))
    t.same(
      received.flat().filter(({ refresh_token }) => !stored.has(jtiOf(refresh_token))),
      []
    )
    const rotations = (await logRows(db)).filter((row) => row.path === '/api/auth/refresh' && row.status === 200)
    t.ok(rotations.length >= confirmed, 'a row for each response')
    if (engine === 'sqlite') {
      const file = new Sqlite(env.DATABASE_URL.replace('file:', ''), { readonly: true })
      t.equal(file.pragma('integrity_check', { simple: true }), 'ok')
      file.close()
    }

    const again = await startServer(t, env)
    // A client that lost the response of a rotation holds a spent token, which works for ten more seconds. On a slow machine
    // the restart takes longer, so count them from now on.
    await db.update(refresh_token).set({ rotated: fromNow() }).where(isNotNull(refresh_token.rotated))
    const newest = received.map((tokens) => tokens.at(-1) as Tokens)
    for (const { refresh_token } of newest) {
      t.equal((await get(again.url, '/api/auth/', refresh_token)).status, 200, 'refresh tokens survive the crash')
    }
    const change = { old_password: account.password, new_password: 'seven quiet lakes' }
    const changed = await send(again.url, 'PUT', '/api/auth/password', change, newest[0]?.access_token)
    t.equal(changed.status, 200, 'access tokens survive it, too')
    again.child.kill('SIGTERM')
    t.equal(await again.exit, 0)
  }
)

function jtiOf(token: string): string {
  return String(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti)
}
