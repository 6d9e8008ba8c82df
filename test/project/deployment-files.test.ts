// compose.yaml and .env.example contain settings that the server accepts.

import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config.ts'
import { read, SECRETS } from '../support/project-files.ts'

t.test('compose.yaml gives the server its database and secrets, and no variable that it does not know', async (t) => {
  const { services } = parse(read('compose.yaml')) as {
    services: Record<string, { environment: Record<string, string>; depends_on?: object; healthcheck?: object }>
  }
  t.same(Object.keys(services), ['app', 'postgres'])
  t.match(services.app, { depends_on: { postgres: { condition: 'service_healthy' } }, read_only: true })
  t.ok(services.postgres?.healthcheck)
  const given = { ...SECRETS, POSTGRES_PASSWORD: 'hush' }
  const environment = Object.entries(services.app?.environment ?? {}).map(([name, value]) => [
    name,
    value.replace(/\$\{(\w+):\?[^}]*\}/g, (_match, variable) => given[variable as keyof typeof given])
  ])
  t.match(loadConfig(Object.fromEntries(environment)), { databaseUrl: 'postgres://clinic:hush@postgres:5432/clinic' })
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
