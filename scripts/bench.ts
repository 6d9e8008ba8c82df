// Measures what the guarantees cost: the rate of GET /api/patient/1 (token and roles checked, nested read, logged, committed)
// compared with a bare Fastify route that sends the same JSON through the same response schema. The two servers run in
// child processes and are measured in turns, so that the ratio does not depend on how busy the machine is.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'

const CONNECTIONS = 32
const SECONDS = Number(process.argv[2] ?? 5)
const ROUNDS = 5

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const target = process.argv[3] ?? `file:${folder}/bench.db`

const servers = {
  bare: start('bare'),
  full: start('full')
}

const rates = { bare: [] as number[], full: [] as number[] }
try {
  const bare = await servers.bare
  const full = await servers.full
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, { url, token }] of Object.entries({ bare, full }) as [keyof typeof rates, Ready][]) {
      const { requests, non2xx, errors } = await autocannon({
        url,
        connections: CONNECTIONS,
        duration: round === 0 ? 2 : SECONDS,
        headers: { authorization: `Bearer ${token}` }
      })
      if (non2xx + errors > 0) throw new Error(`${name}: ${non2xx + errors} requests failed`)
      if (round === 0) continue // warm-up
      rates[name].push(requests.average)
      console.log(`${name} ${requests.average.toFixed(0)} requests/s`)
    }
  }
  const ratios = rates.full.map((rate, round) => rate / (rates.bare[round] ?? 0)).sort((a, b) => a - b)
  console.log(
    `full / bare over ${ROUNDS} rounds: median ${format(ratios[Math.floor(ROUNDS / 2)])}, from ${format(ratios[0])} to ${format(ratios.at(-1))}`
  )
} finally {
  for (const server of Object.values(servers)) (await server).child.kill()
  rmSync(folder, { recursive: true, force: true })
}

interface Ready {
  url: string
  token: string
  child: ChildProcess
}

async function start(kind: 'bare' | 'full'): Promise<Ready> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bench-server.ts'), kind, target], {
    env: { DATABASE_URL: target },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const [message] = await once(child, 'message')
  return { ...(message as { url: string; token: string }), child }
}

function format(ratio = 0): string {
  return ratio.toFixed(3)
}
