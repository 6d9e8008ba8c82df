// One of the two servers of the benchmark: `full` is the real one with the sample data, `bare` a single Fastify route.

import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import { Patient } from '../routes/api/patient/schema.ts'
import { buildApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { demoAccounts, fillDemo } from '../src/demo.ts'
import { createLogger } from '../src/logger.ts'
import { addSampleData } from '../src/sample-data.ts'

const secret = () => randomBytes(32).toString('hex')
const config = loadConfig({
  DATABASE_URL: process.argv[3],
  DEMO: 'true',
  JWT_ACCESS_TOKEN_EXPIRES: '60',
  SECRET_KEY: secret(),
  JWT_SECRET_KEY: secret()
})

const full = await buildApp(config, { loggerInstance: createLogger('warn') })
await fillDemo(full.db, full.passwords.hash, addSampleData)
const [, { username, password }] = demoAccounts
const login = await full.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })
const token = login.json().access_token

if (process.argv[2] === 'full') {
  const address = await full.listen({ host: '127.0.0.1', port: 0 })
  process.send?.({ url: `${address}/api/patient/1`, token })
} else {
  const { payload } = await full.inject({ url: '/api/patient/1', headers: { authorization: `Bearer ${token}` } })
  await full.close()
  const record = JSON.parse(payload)
  const bare = Fastify()
  bare.get('/api/patient/1', { schema: { response: { 200: Patient } } }, async () => record)
  process.send?.({ url: `${await bare.listen({ host: '127.0.0.1', port: 0 })}/api/patient/1`, token })
}
