// The server accepts only the tokens that it signed itself.

import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { build } from '../support/app.ts'
import { type Claims, decode, readStatus } from '../support/tokens.ts'
import { encode, forge, unsigned } from './forgery.ts'

const { app, env, signIn } = await build(t)
const secret = env.JWT_SECRET_KEY ?? ''
const { access_token } = await signIn('user')
const claims = decode(access_token)

const statusOf = (token: string) => readStatus(app, token)

t.test('only HS256 is accepted, whatever algorithm the header names or the signature uses [B2, T14]', async (t) => {
  t.equal(await statusOf(forge(claims, secret)), 200, 'a token forged with our own secret is accepted')
  for (const alg of ['none', 'None', 'NONE', 'hs256', 'HS384', 'HS512', 'RS256', 'ES256', 'PS256', 'EdDSA', '', null]) {
    t.equal(await statusOf(unsigned(claims, alg)), 401, `${alg}, unsigned`)
    t.equal(await statusOf(forge(claims, secret, { alg })), 401, `${alg}, signed with HMAC-SHA256`)
  }
  t.equal(await statusOf(forge(claims, secret, { alg: 'HS384' }, 'sha384')), 401, 'HS384 with our secret')
  t.equal(await statusOf(forge(claims, secret, { alg: 'HS512' }, 'sha512')), 401, 'HS512 with our secret')
  t.equal(await statusOf(forge(claims, secret, {})), 401, 'no algorithm')

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const input = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  const signature = createSign('sha256').update(input).sign(privateKey, 'base64url')
  t.equal(await statusOf(`${input}.${signature}`), 401, "RS256 with the attacker's key")
})

t.test('a key that the token contains or points to is neither used nor fetched [B3]', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  const key = "the attacker's key"
  const headers = [
    { jwk: { kty: 'oct', k: Buffer.from(key).toString('base64url') } },
    { jku: url },
    { x5u: url },
    { kid: url },
    { kid: '../../../../dev/null' },
    { kid: `' union select '${key}` }
  ]
  for (const header of headers) {
    t.equal(await statusOf(forge(claims, key, { alg: 'HS256', ...header })), 401, JSON.stringify(header))
  }
  t.equal(await statusOf(forge(claims, '', { alg: 'HS256', kid: '/dev/null' })), 401, 'signed with an empty key')
  t.equal(await statusOf(forge(claims, secret, { alg: 'HS256', crit: ['x'], x: 1 })), 401, 'an unknown critical header')
  t.equal(connections, 0, 'the server fetches no key')
})

t.test('a token with our signature but other claims than ours is rejected [B4, B7]', async (t) => {
  const { exp, iss, sub, refresh_jti } = claims
  const changes: Claims[] = [
    ...Object.keys(claims).map((name) => ({ [name]: undefined })),
    ...Object.keys(claims).map((name) => ({ [name]: null })),
    ...[String(exp), 1e308, -1, 0, [exp], true, Number(exp) + 0.5].map((exp) => ({ exp })),
    ...[Number(sub), '0', `0${sub}`, ` ${sub}`, `${sub}.0`, [sub], '', '1e1'].map((sub) => ({ sub })),
    ...['', 5, 'x'.repeat(37)].map((jti) => ({ jti })),
    ...['', 'Access', 'admin', ['access']].map((type) => ({ type })),
    ...['another deployment', '', [iss]].map((iss) => ({ iss })),
    { aud: 'another deployment' },
    { roles: ['admin'] },
    { refresh_jti: [refresh_jti] },
    { refresh_jti: 5 }
  ]
  for (const change of changes) {
    t.equal(await statusOf(forge({ ...claims, ...change }, secret)), 401, JSON.stringify(change))
  }
  for (const payload of ['null', '[]', '"text"', '{}', 'no JSON']) {
    t.equal(await statusOf(forge(payload, secret)), 401, payload)
  }
})

t.test('a token with any byte of its header or payload changed is rejected [B9]', async (t) => {
  const signed = access_token.lastIndexOf('.')
  const position = fc.nat({ max: signed - 1 })
  const byte = fc.oneof(fc.integer({ min: 0x21, max: 0x7e }), fc.integer({ min: 0xa1, max: 0xff }))
  await t.resolves(
    fc.assert(
      fc.asyncProperty(position, byte, async (position, byte) => {
        const character = String.fromCharCode(byte)
        fc.pre(access_token[position] !== character)
        const changed = access_token.slice(0, position) + character + access_token.slice(position + 1)
        return (await statusOf(changed)) === 401
      }),
      { numRuns: 300 }
    )
  )
  t.equal(await statusOf(access_token), 200, 'the unchanged token is accepted')
})
