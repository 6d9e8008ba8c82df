// Which client address a row has, with and without trusted proxies.

import t from 'tap'
import { build, logRows } from '../support/app.ts'
import { listen, sendRaw } from '../support/net.ts'

t.test('an address that an untrusted client claims to have is ignored [E6]', async (t) => {
  for (const TRUST_PROXY of ['', '10.0.0.0/8']) {
    const { app, db } = await build(t, { TRUST_PROXY })
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'x-envoy-external-address': '203.0.113.9',
      'x-client-ip': '203.0.113.9',
      'true-client-ip': '203.0.113.9',
      'cf-connecting-ip': '203.0.113.9',
      forwarded: 'for=203.0.113.9'
    }
    for (const remoteAddress of ['192.0.2.1', '2001:db8::7', '::ffff:192.0.2.1']) {
      await app.inject({ url: '/nowhere', remoteAddress, headers })
      t.equal((await logRows(db)).at(-1)?.address, remoteAddress.replace('::ffff:', ''), `trusted: [${TRUST_PROXY}]`)
    }
  }
})

t.test('a trusted proxy gives the address of the client, if what it sends is an address [E7, T8]', async (t) => {
  const { app, db, log } = await build(t, { TRUST_PROXY: '10.0.0.0/8, 127.0.0.1, 2001:db8:aa::/48' })
  const proxy = '10.1.2.3'
  const forwarded: [header: string, address: string][] = [
    ['203.0.113.9', '203.0.113.9'],
    ['6.6.6.6, 203.0.113.9', '203.0.113.9'],
    ['6.6.6.6, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['203.0.113.9, 2001:db8:aa::1, 10.9.9.9', '203.0.113.9'],
    ['10.9.9.9, 203.0.113.9', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:ffff:255.255.255.255', '2001:0db8:0000:0000:0000:ffff:255.255.255.255'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ["a'b", proxy],
    ['203.0.113.9, unknown', proxy],
    ['203.0.113.9\tx', proxy],
    ['203.0.113.9:443', proxy],
    ['[2001:db8::1]', proxy],
    ['0x7f.1', proxy],
    ['1'.repeat(10_000), proxy],
    [`fe80::1%${'a'.repeat(10_000)}`, proxy],
    ['', proxy]
  ]
  for (const [header, address] of forwarded) {
    const headers = { 'x-forwarded-for': header, 'x-real-ip': '7.7.7.7', forwarded: 'for=7.7.7.7' }
    await app.inject({ url: '/nowhere', remoteAddress: proxy, headers })
    t.equal((await logRows(db)).at(-1)?.address, address, header.slice(0, 50))
  }
  const port = await listen(app)
  for (const line of ['GET /nowhere', 'GET /%zz', 'GET /nowhere HTTP/1.1\r\nExpect: junk']) {
    const request = line.includes('HTTP') ? line : `${line} HTTP/1.1`
    await sendRaw(port, `${request}\r\nHost: x\r\nX-Forwarded-For: 203.0.113.77\r\nConnection: close\r\n\r\n`)
    t.equal((await logRows(db)).at(-1)?.address, '203.0.113.77', line)
  }
  await app.inject({
    method: 'POST',
    url: '/api/auth/',
    remoteAddress: proxy,
    headers: { 'x-forwarded-for': 'free text of the client' },
    payload: { username: 'nobody', password: 'wrong' }
  })
  t.match(log(), /login failed/)
  t.notMatch(log(), /free text/, 'the process log does not contain it either')
})
