// compose.yaml and .env.example contain settings that the server accepts.

import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config.ts'
import { read, SECRETS } from './project-files.ts'

t.test('compose.yaml gives the server the variables of .env, its database and its secrets', async (t) => {
  const { services } = parse(read('compose.yaml')) as {
    services: Record<string, { env_file?: string; environment: Record<string, string> } & Record<string, unknown>>
  }
  t.same(Object.keys(services), ['app', 'postgres'])
  t.match(services.app, { depends_on: { postgres: { condition: 'service_healthy' } }, read_only: true })
  const given = { ...SECRETS, POSTGRES_PASSWORD: 'hush' }
  const environment = Object.entries(services.app?.environment ?? {}).map(([name, value]) => [
    name,
    value.replace(/\$\{(\w+):\?[^}]*\}/g, (_match, variable) => given[variable as keyof typeof given])
  ])
  const { POSTGRES_USER, POSTGRES_DB } = services.postgres?.environment ?? {}
  const databaseUrl = `postgres://${POSTGRES_USER}:hush@postgres:5432/${POSTGRES_DB}`
  t.match(services.postgres?.healthcheck, { test: ['CMD-SHELL', `pg_isready -U ${POSTGRES_USER}`] })
  const expected = { databaseUrl, host: '0.0.0.0', port: 5000 }
  t.match(loadConfig(Object.fromEntries(environment)), expected)

  t.equal(services.app?.env_file, '.env')
  const dotenv = { ...given, TRUST_PROXY: '172.16.0.0/12', HOST: '127.0.0.1', DATABASE_URL: 'file:./data/app.db' }
  const merged = { ...dotenv, ...Object.fromEntries(environment) }
  t.match(loadConfig(merged), { ...expected, trustProxy: ['172.16.0.0/12'] })
})

t.test('.env.example is rejected until its secrets are replaced, and shows the defaults', async (t) => {
  const example = Object.fromEntries(
    read('.env.example')
      .split('\n')
      .map((line) => line.replace(/^#(?=[A-Z_]+=)/, ''))
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => line.split('='))
  )
  t.throws(() => loadConfig(example), {
    message: /^SECRET_KEY is still a placeholder.*\nJWT_SECRET_KEY is still a placeholder/
  })
  t.same(loadConfig({ ...example, ...SECRETS }), loadConfig(SECRETS))
})
