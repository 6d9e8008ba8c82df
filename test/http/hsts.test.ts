// When browsers are told to use https only (Strict-Transport-Security).

import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build } from '../support/app.ts'

t.test('HSTS is sent only if a trusted proxy was called over https [F18]', async (t) => {
  const direct = await build(t)
  const proxied = await build(t, { TRUST_PROXY: '10.0.0.0/8' })

  t.match(await hsts(proxied.app, '10.1.2.3', 'https'), /^max-age=(\d{8,})\b/)
  t.equal(await hsts(proxied.app, '10.1.2.3', 'http'), undefined, 'the proxy was called over http')
  t.equal(await hsts(proxied.app, '10.1.2.3'), undefined, 'the proxy does not say how it was called')
  t.equal(await hsts(proxied.app, '192.0.2.1', 'https'), undefined, 'this is not the proxy')
  t.equal(await hsts(direct.app, '10.1.2.3', 'https'), undefined, 'no proxy is trusted')
})

async function hsts(app: FastifyInstance, remoteAddress: string, proto?: string) {
  const { headers } = await app.inject({
    url: '/health/live',
    remoteAddress,
    headers: { 'x-forwarded-for': '203.0.113.9', ...(proto && { 'x-forwarded-proto': proto }) }
  })
  return headers['strict-transport-security']
}
