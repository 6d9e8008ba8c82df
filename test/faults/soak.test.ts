// Under load for a long time, memory, file descriptors and the log of SQLite stay as they are. SOAK_SECONDS says how long.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { engine, eventually } from '../support/app.ts'
import { startServer } from '../support/process.ts'
import { get, login, production, rotate, type Tokens } from '../support/production.ts'

const SECONDS = Number(process.env.SOAK_SECONDS ?? 30)
const CLIENTS = 10
const SAMPLES = 10
const MEGABYTE = 1024 ** 2
// V8 enlarges its heap when there is much to do. With a small one, only what is kept makes the process grow.
const SMALL_HEAP = '--max-semi-space-size=2 --max-old-space-size=192'

t.test('memory, file descriptors and the log of SQLite stay flat under load [A7]', async (t) => {
  const { env, account } = await production(t)
  const server = await startServer(t, { ...env, RATE_LIMIT: '1000000000', NODE_OPTIONS: SMALL_HEAP })
  const { pid = 0 } = server.child
  let isOver = false
  let requests = 0
  const first = await Promise.all(Array.from({ length: CLIENTS }, () => login(server.url, account)))
  const clients = first.map(async (start) => {
    for (let tokens: Tokens = start; !isOver; ) {
      tokens = (await rotate(server.url, tokens)) ?? tokens
      for (const path of ['/api/auth/', '/nowhere', '/health/live']) {
        await (await get(server.url, path, tokens.refresh_token)).arrayBuffer()
      }
      requests += 4
    }
  })
  await setTimeout(Math.min(10_000, SECONDS * 300)) // until caches are full
  const samples: ReturnType<typeof measure>[] = []
  for (let count = 0; count < SAMPLES; count++) {
    samples.push(measure(pid, env.DATABASE_URL))
    await setTimeout((SECONDS * 1000) / SAMPLES)
  }
  isOver = true
  await Promise.all(clients)
  const half = SAMPLES / 2
  const most = (part: typeof samples, key: keyof (typeof samples)[0]) => Math.max(...part.map((sample) => sample[key]))
  const growth = (key: keyof (typeof samples)[0]) => most(samples.slice(half), key) - most(samples.slice(0, half), key)
  t.comment(`${requests} requests in ${SECONDS} s; first and last: ${JSON.stringify([samples[0], samples.at(-1)])}`)
  t.ok(requests > 100)
  t.ok(growth('memory') < 30 * MEGABYTE, `memory grew by ${Math.round(growth('memory') / MEGABYTE)} MB`)
  t.ok(growth('descriptors') <= 5, `${growth('descriptors')} more descriptors`)
  t.ok(growth('wal') < 8 * MEGABYTE, `the log of SQLite grew by ${Math.round(growth('wal') / MEGABYTE)} MB`)
  await eventually(() => fetch(`${server.url}/health/ready`).then(({ ok }) => ok || undefined))
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
})

/** Returns the memory of a process in bytes, how many files it has open, and the size of SQLite's log. */
function measure(pid: number, url: string) {
  const [, resident = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number)
  return {
    memory: resident * 4096,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    wal: engine === 'sqlite' ? (statSync(`${url.replace('file:', '')}-wal`, { throwIfNoEntry: false })?.size ?? 0) : 0
  }
}
