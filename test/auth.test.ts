// Login, passwords and tokens over HTTP: who gets in, what a token must be, and that what is ended is ended at once.

import { createHook } from 'node:async_hooks'
import { createHmac, createSign, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { hash, type Options } from '@node-rs/argon2'
import { and, eq } from 'drizzle-orm'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { addAccount, removeAccount, setDisabled, setPassword } from '../src/accounts.ts'
import { loadConfig } from '../src/config.ts'
import { createPasswords } from '../src/passwords.ts'
import type { ErrorBody } from '../src/schemas.ts'
import { login_failure, refresh_token, user } from '../src/tables/account.ts'
import { build, buildOn, type Caller, eventually, logRows, signInAs, withToken } from './support/app.ts'
import { sendRaw } from './support/net.ts'

type Claims = Record<string, unknown>
type Pair = { access_token: string; refresh_token: string }
type Answer = Awaited<ReturnType<typeof withToken>>

const { app, db, env, config, log, signIn } = await build(t)
const second = await buildOn(t, env)
const instances = [app, second.app] as const
const passwords = createPasswords(config)
const secret = env.JWT_SECRET_KEY ?? ''

const RESOURCE = '/api/sample/'
const AUTH = '/api/auth/'
const REFRESH = '/api/auth/refresh'
const PASSWORD = '/api/auth/password'
const INVALID = 'Bearer error="invalid_token"'
const REVOKED = 'Token has been revoked'
const EXPIRED = 'Token has expired'

t.test('A1: the right name and password give the two tokens, uncached, and store one refresh token', async (t) => {
  const account = await newAccount()
  const answer = await login(account.username, account.password)
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.strictSame(Object.keys(answer.json()).sort(), ['access_token', 'refresh_token'])
  const rows = await tokensOf(account.id)
  t.strictSame(
    rows.map((row) => row.jti),
    [decode(answer.json<Pair>().refresh_token).jti]
  )
})

t.test('A2: every failed login gets the same answer, to the byte', async (t) => {
  const fine = await newAccount()
  const disabled = await newAccount()
  await setDisabled(db, disabled.id, true)
  const stored = ['', 'garbage', '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA']
  const broken = await Promise.all(stored.map((password_hash) => newAccount({ password_hash })))

  const expected = comparable(await login(fine.username, 'not the password'))
  t.match(expected, { status: 401, body: /"msg":"Bad username or password"/ })
  t.equal(expected.headers['www-authenticate'], 'Bearer')
  t.equal(expected.headers['cache-control'], 'no-store')

  const attempts: [name: string, username: string, password: string][] = [
    ['unknown user', 'nobody-of-this-name', 'not the password'],
    ['NUL in the name', `${fine.username}\0`, fine.password],
    ['half a character in the name', `\ud800${fine.username}`, fine.password],
    ['a name of 1024 characters', 'x'.repeat(1024), 'not the password'],
    ['an SQL fragment', `${fine.username}' or '1'='1`, fine.password],
    ['a disabled account', disabled.username, disabled.password],
    ...broken.map(({ username, password }, n): [string, string, string] => [
      `a stored hash like ${stored[n]}`,
      username,
      password
    ])
  ]
  for (const [name, username, password] of attempts) {
    t.strictSame(comparable(await login(username, password)), expected, name)
  }
})

t.test('A3: one hash is computed whether or not the account exists, is disabled or is broken', async (t) => {
  const known = await newAccount()
  const disabled = await newAccount()
  await setDisabled(db, disabled.id, true)
  const broken = await newAccount({ password_hash: 'garbage' })
  const names = [known.username, disabled.username, broken.username, 'nobody-of-this-name', 'no\0name']
  for (const username of names) {
    t.equal(await hashesDuring(() => login(username, 'not the password')), 1, JSON.stringify(username))
  }
})

t.test(
  'A4, A11: a field that is missing, ill-typed, empty or too long gets 400, and no hash is computed',
  async (t) => {
    const { username, password } = await newAccount()
    const wrong = [undefined, null, 5, true, '', [], [password], {}, { $ne: null }, 'x'.repeat(1025)]
    const bodies = [
      ...wrong.map((value) => ['username', { username: value, password }] as const),
      ...wrong.map((value) => ['password', { username, password: value }] as const),
      ['password', { username, password: 'ü'.repeat(513) }] as const,
      ['password', { username, password: `${password}\0` }] as const,
      ['role', { username, password, role: 'admin' }] as const,
      ['body', []] as const,
      ['body', 'null'] as const,
      ['body', '{"username":'] as const
    ]
    const counted = await db.$count(login_failure)
    const hashes = await hashesDuring(async () => {
      for (const [field, body] of bodies) {
        const payload = typeof body === 'string' ? body : JSON.stringify(body)
        const answer = await app.inject({
          method: 'POST',
          url: AUTH,
          headers: { 'content-type': 'application/json' },
          payload
        })
        t.equal(answer.statusCode, 400, payload.slice(0, 80))
        t.ok(
          answer.json<ErrorBody>().details?.some((detail) => detail.field === field),
          `names ${field}`
        )
      }
    })
    t.equal(hashes, 0)
    t.equal(await db.$count(login_failure), counted, 'and no attempt is counted')
  }
)

t.test('A5: after ten failures the account is closed to all, wherever they ask, and no other account is', async (t) => {
  const account = await newAccount()
  const bystander = await newAccount()
  const attempts = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      login(account.username, `wrong password ${n}`, instances[n % 2], `192.0.2.${n + 1}`)
    )
  )
  const statuses = attempts.map((answer) => answer.statusCode).sort()
  t.strictSame(statuses, [...Array(10).fill(401), ...Array(20).fill(429)], 'tried one by one or all at once')

  for (const [n, instance] of instances.entries()) {
    const answer = await login(account.username.toUpperCase(), account.password, instance, `198.51.100.${n + 1}`)
    t.equal(answer.statusCode, 429, 'also with the right password, in another spelling of the name')
    const seconds = Number(answer.headers['retry-after'])
    t.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 15 * 60, 'Retry-After tells when')
  }
  t.equal(await hashesDuring(() => login(account.username, account.password)), 0, 'no hash is computed')
  t.equal((await login(bystander.username, bystander.password)).statusCode, 200)
})

t.test('A5: the right password starts the count anew', async (t) => {
  const account = await newAccount()
  for (const password of [...Array(9).fill('wrong password'), account.password, ...Array(9).fill('wrong password')]) {
    await login(account.username, password)
  }
  t.equal((await login(account.username, account.password)).statusCode, 200)
})

t.test('A5: an account that does not exist is closed after as many failures as one that does', async (t) => {
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) statuses.push((await login('nobody-at-all', 'wrong password')).statusCode)
  t.strictSame(statuses, [...Array(10).fill(401), 429])
})

t.test('A6, A15: the window ends by itself; a wrong old password counts like a failed login', async (t) => {
  const { app, signIn } = await build(t, { LOGIN_WINDOW: '0.02', LOGIN_FAILURES: '2' })
  const caller = await signIn('user')
  const change = (old_password: string) => caller.put(PASSWORD, { old_password, new_password: 'a new long password' })
  t.strictSame(
    [
      (await change('wrong password')).statusCode,
      (await change('wrong password')).statusCode,
      (await change(caller.password)).statusCode,
      (await login(caller.username, caller.password, app)).statusCode
    ],
    [403, 403, 429, 429]
  )
  const open = await eventually(async () => {
    const answer = await login(caller.username, caller.password, app)
    return answer.statusCode === 429 ? undefined : answer
  })
  t.equal(open.statusCode, 200, 'trying all the while does not lengthen it')
})

t.test('A8, A9: a password that is short, common, or tells the account is refused, with the reason', async (t) => {
  const caller = await signIn('user')
  const table: [password: string, reason: RegExp][] = [
    ['fourteen chars', /at least 15 characters/],
    ['😀😁😂😃😄😅😆😇😈😉😊😋😌😍', /at least 15 characters/],
    ['aaaaaaaaaaaaaaaaaaaa', /repeated/],
    ['passwordpassword', /common/],
    ['Password12345678', /common/],
    ['123456789012345', /common/],
    ['qwertyuiopasdfghjkl', /common/],
    [`${caller.username} 2`, /user name/],
    [`my ${caller.username.toUpperCase()} 2`, /user name/],
    ['the password of clinic-rest-server', /name of this application/],
    ['a password with NUL\0', /NUL/],
    ['half a character \ud83d', /surrogate/],
    [randomBytes(513).toString('hex').slice(0, 1025), /1024/]
  ]
  for (const [password, reason] of table) {
    const refusal = await addAccount(db, passwords, { username: caller.username, password, roles: [] }).catch(
      (error: unknown) => error
    )
    const name = JSON.stringify(password.slice(0, 30))
    t.match(refusal, { statusCode: 400, details: [{ field: 'password', message: reason }] }, `${name} for an account`)
    const answer = await caller.put(PASSWORD, { old_password: caller.password, new_password: password })
    t.equal(answer.statusCode, 400, `${name} instead of the old one`)
    t.match(answer.json<ErrorBody>().details, [{ field: 'new_password', message: reason }])
  }
  t.equal((await login(caller.username, caller.password)).statusCode, 200, 'the old one stays')
  t.equal((await caller.get(RESOURCE)).statusCode, 200, 'and so do its tokens')
})

t.test('A8: the least length is configurable, the common passwords stay refused', async (t) => {
  const passwords = createPasswords(loadConfig({ ...env, PASSWORD_MIN_LENGTH: '8' }))
  const username = randomUUID()
  await t.rejects(addAccount(db, passwords, { username, password: 'zk4!pQ9', roles: [] }), /at least 8 characters/)
  await t.rejects(addAccount(db, passwords, { username, password: 'iloveyou', roles: [] }), /common/)
  await addAccount(db, passwords, { username, password: 'zk4!pQ9x', roles: [] })
  t.equal((await login(username, 'zk4!pQ9x')).statusCode, 200)
})

t.test('A8, A10: long, plain, spaced and non-Latin passwords are accepted, and every character counts', async (t) => {
  const accepted = [
    'plain old horse',
    '  spaces at both ends  ',
    randomBytes(32).toString('hex'),
    randomBytes(64).toString('hex'),
    randomBytes(512).toString('hex'),
    '😀😁😂😃😄😅😆😇😈😉😊😋😌😍🤣'
  ]
  for (const password of accepted) {
    const name = JSON.stringify(password.slice(0, 30))
    const { username } = await newAccount({ password })
    t.equal((await login(username, password)).statusCode, 200, `${name} logs in`)
    const characters = [...password]
    const near = [['_', ...characters.slice(1)].join(''), [...characters.slice(0, -1), '_'].join(''), password.trim()]
    for (const other of near.filter((other) => other !== password)) {
      t.equal((await login(username, other)).statusCode, 401, `${name}, changed at an end, does not`)
    }
  }
})

t.test('A10: a password typed composed or decomposed is the same', async (t) => {
  const text = 'Žluťoučký kůň úpěl'
  for (const [set, typed] of [
    [text.normalize('NFC'), text.normalize('NFD')],
    [text.normalize('NFD'), text.normalize('NFC')]
  ] as const) {
    const { username } = await newAccount({ password: set })
    t.equal((await login(username, typed)).statusCode, 200)
  }
})

t.test('A12, T13: hashes are argon2id of 19 MiB; a row that asks for more than 64 MiB is not computed', async (t) => {
  const { username, id, password } = await newAccount()
  const [row] = await db.select().from(user).where(eq(user.id, id))
  t.match(row?.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)

  const mebibyte = 1024
  const table: [Options, status: number][] = [
    [{ algorithm: 2, memoryCost: 64 * mebibyte, timeCost: 1, parallelism: 1 }, 200],
    [{ algorithm: 2, memoryCost: 65 * mebibyte, timeCost: 1, parallelism: 1 }, 401],
    [{ algorithm: 2, memoryCost: mebibyte, timeCost: 11, parallelism: 1 }, 401],
    [{ algorithm: 2, memoryCost: mebibyte, timeCost: 1, parallelism: 5 }, 401],
    [{ algorithm: 1, memoryCost: mebibyte, timeCost: 1, parallelism: 1 }, 401]
  ]
  for (const [options, status] of table) {
    const password_hash = await hash(password, options)
    await db.update(user).set({ password_hash }).where(eq(user.id, id))
    t.equal((await login(username, password)).statusCode, status, JSON.stringify(options))
  }
})

t.test('A15: who knows the old password sets a new one, which ends every token of the account', async (t) => {
  const caller = await signIn('user')
  const new_password = 'a new and long password'
  const wrong = await caller.put(PASSWORD, { old_password: 'not the old one', new_password })
  t.equal(wrong.statusCode, 403)
  t.equal((await caller.get(RESOURCE)).statusCode, 200, 'nothing has changed')

  const changed = await caller.put(PASSWORD, { old_password: caller.password, new_password })
  t.equal(changed.statusCode, 200)
  t.strictSame(changed.json(), { msg: 'Password changed' })
  t.equal((await login(caller.username, caller.password)).statusCode, 401)
  t.equal((await login(caller.username, new_password)).statusCode, 200)
  await isDead(t, caller)

  t.equal((await app.inject({ method: 'PUT', url: PASSWORD, payload: {} })).statusCode, 401, 'not without a token')
  const refresh = await withToken(app, 'PUT', PASSWORD, caller.refresh_token)
  t.equal(refresh.statusCode, 401, 'nor with a refresh token')
})

t.test('A15, C9: a password that an administrator sets while its owner changes it is the one that stays', async (t) => {
  for (let round = 0; round < 5; round++) {
    const caller = await signIn('user')
    const change = caller.put(PASSWORD, { old_password: caller.password, new_password: 'the password of a thief' })
    const reset = setPassword(second.db, createPasswords(config), caller.id)
    const [, password] = await Promise.all([change, reset])
    t.equal((await login(caller.username, password)).statusCode, 200, 'the new one works')
    t.equal((await login(caller.username, 'the password of a thief')).statusCode, 401, 'the other does not')
  }
})

t.test('contract: each 401 has its text and its challenge', async (t) => {
  const caller = await signIn('user')
  const access = decode(caller.access_token)
  const refresh = decode(caller.refresh_token)
  const blocked = await signInAs(app, caller)
  await app.tokens.block(String(decode(blocked.refresh_token).jti), 'admin')
  const past = { iat: now() - 60, exp: now() - 1 }
  const bearer = (token: string) => `Bearer ${token}`
  const malformed = "Bad Authorization header. Expected 'Authorization: Bearer <token>'"

  const table: [
    name: string,
    url: string,
    authorization: string | undefined,
    msg: string | RegExp,
    challenge: string
  ][] = [
    ['no header', RESOURCE, undefined, 'Missing Authorization Header', 'Bearer'],
    ['no header to refresh', AUTH, undefined, 'Missing Authorization Header', 'Bearer'],
    ['B1: an empty header', RESOURCE, '', 'Missing Authorization Header', 'Bearer'],
    ['B1: Basic', RESOURCE, 'Basic dXNlcjpwYXNz', malformed, 'Bearer'],
    ['B1: no value', RESOURCE, 'Bearer', malformed, 'Bearer'],
    ['B1: no value, a space', RESOURCE, 'Bearer ', malformed, 'Bearer'],
    ['B1: the bare token', RESOURCE, caller.access_token, malformed, 'Bearer'],
    ['B1: junk', RESOURCE, bearer('junk'), /^Invalid token: it is malformed$/, INVALID],
    ['B1: 8 KiB of junk', RESOURCE, bearer('x'.repeat(8192)), /^Invalid token: it is malformed$/, INVALID],
    ['B1: 8 KiB of dots', RESOURCE, bearer('.'.repeat(8192)), /^Invalid token: /, INVALID],
    ['wrong signature', RESOURCE, bearer(forge(access, 'another secret')), /^Invalid token: its signature/, INVALID],
    ['B2: not signed', RESOURCE, bearer(unsigned(access, 'none')), /^Invalid token: /, INVALID],
    ['B5: expired', RESOURCE, bearer(forge({ ...access, ...past })), EXPIRED, INVALID],
    ['B5: expired by 0 s', RESOURCE, bearer(forge({ ...access, exp: now() })), EXPIRED, INVALID],
    ['C2: expired, to refresh', AUTH, bearer(forge({ ...refresh, ...past })), EXPIRED, INVALID],
    ['B5: not yet valid', RESOURCE, bearer(forge({ ...access, nbf: now() + 60 })), /^Invalid token: /, INVALID],
    ['B6: refresh token', RESOURCE, caller.refresh_token, 'Only access tokens are allowed', INVALID],
    ['B6: access token', AUTH, caller.access_token, 'Only refresh tokens are allowed', INVALID],
    ['B8: no such row', RESOURCE, bearer(forge({ ...access, refresh_jti: randomUUID() })), REVOKED, INVALID],
    ['C2: unknown, to refresh', AUTH, bearer(forge({ ...refresh, jti: randomUUID() })), REVOKED, INVALID],
    ['blocked', RESOURCE, bearer(blocked.access_token), REVOKED, INVALID],
    ['blocked, to refresh', AUTH, bearer(blocked.refresh_token), REVOKED, INVALID],
    ["another account's token", RESOURCE, bearer(forge({ ...access, sub: '2147483647' })), REVOKED, INVALID]
  ]
  for (const [name, url, typed, msg, challenge] of table) {
    const authorization = name.startsWith('B6') ? bearer(typed ?? '') : typed
    const answer = await app.inject({
      method: 'GET',
      url,
      headers: { ...(authorization !== undefined && { authorization }) }
    })
    is401(t, name, answer, msg, challenge)
  }

  const removed = await signIn('user')
  await removeAccount(db, removed.id)
  for (const [method, url] of [
    ['GET', AUTH],
    ['POST', REFRESH],
    ['DELETE', AUTH]
  ] as const) {
    is401(t, `removed account, ${method}`, await withToken(app, method, url, removed.refresh_token), REVOKED, INVALID)
    is401(t, `blocked, ${method}`, await withToken(app, method, url, blocked.refresh_token), REVOKED, INVALID)
  }
  is401(t, 'removed account', await withToken(app, 'GET', RESOURCE, removed.access_token), REVOKED, INVALID)
  is401(t, 'failed login', await login(caller.username, 'not the password'), 'Bad username or password', 'Bearer')
})

t.test('B1: of two Authorization headers the first is judged', async (t) => {
  const { app, signIn } = await build(t)
  const { access_token } = await signIn('user')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const send = (...tokens: string[]) =>
    sendRaw(
      port,
      [
        `GET ${RESOURCE} HTTP/1.1`,
        'Host: server.test',
        'Connection: close',
        ...tokens.map((token) => `Authorization: Bearer ${token}`),
        '',
        ''
      ].join('\r\n')
    )
  t.match(await send('junk', access_token), /^HTTP\/1\.1 401 /)
  t.match(await send(access_token, 'junk'), /^HTTP\/1\.1 200 /)
})

t.test('B15: a token expires to the second, and when it was issued does not count', async (t) => {
  const { access_token } = await signIn('user')
  const claims = decode(access_token)
  t.equal(await statusOf(forge({ ...claims, iat: now() + 30 })), 200)
  t.equal(await statusOf(forge({ ...claims, exp: now() + 60 })), 200)
  t.equal(await statusOf(forge({ ...claims, exp: now() })), 401)
})

t.test('A7: a flood of logins is answered or turned away, and everybody else is served', async (t) => {
  const flood = Array.from({ length: 150 }, (_, index) => login(`flood-${index}`, 'a guess'))
  t.equal((await app.inject('/health/live')).statusCode, 200)
  const answers = await Promise.all(flood)
  t.same([...new Set(answers.map((answer) => answer.statusCode))].sort(), [401, 503])
  for (const answer of answers) if (answer.statusCode === 503) t.equal(answer.headers['retry-after'], '1')
  const account = await newAccount()
  t.equal((await login(account.username, account.password)).statusCode, 200, 'and then it is over')
})

t.test('B2, T14: only HS256 is accepted, whatever the header says and whatever signed it', async (t) => {
  const { access_token } = await signIn('user')
  const claims = decode(access_token)
  t.equal(await statusOf(forge(claims)), 200, 'what the forger makes of our own secret is accepted')
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
  t.equal(await statusOf(`${input}.${signature}`), 401, 'RS256 with a key of their own')
})

t.test('B3: a key that the token brings or points to is not used, nor fetched', async (t) => {
  const { access_token } = await signIn('user')
  const claims = decode(access_token)
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  const key = 'a key of their own'
  const headers = [
    { jwk: { kty: 'oct', k: Buffer.from(key).toString('base64url') } },
    { jku: url },
    { x5u: url },
    { kid: url },
    { kid: '../../../../dev/null' },
    { kid: "' union select 'a key of their own" }
  ]
  for (const header of headers) {
    t.equal(await statusOf(forge(claims, key, { alg: 'HS256', ...header })), 401, JSON.stringify(header))
  }
  t.equal(await statusOf(forge(claims, '', { alg: 'HS256', kid: '/dev/null' })), 401, 'signed with an empty key')
  t.equal(await statusOf(forge(claims, secret, { alg: 'HS256', crit: ['x'], x: 1 })), 401, 'an unknown critical header')
  t.equal(connections, 0)
})

t.test('B4, B7: a token with our signature and other claims than ours is refused', async (t) => {
  const { access_token } = await signIn('user')
  const claims = decode(access_token)
  const changes: Claims[] = [
    ...Object.keys(claims).map((name) => ({ [name]: undefined })),
    ...Object.keys(claims).map((name) => ({ [name]: null })),
    ...[String(claims.exp), 1e308, -1, 0, [claims.exp], true, Number(claims.exp) + 0.5].map((exp) => ({ exp })),
    ...[Number(claims.sub), '0', `0${claims.sub}`, ` ${claims.sub}`, `${claims.sub}.0`, [claims.sub], '', '1e1'].map(
      (sub) => ({ sub })
    ),
    ...['', 5, 'x'.repeat(37)].map((jti) => ({ jti })),
    ...['', 'Access', 'admin', ['access']].map((type) => ({ type })),
    ...['another deployment', '', ['clinic-rest-server']].map((iss) => ({ iss })),
    { aud: 'another deployment' },
    { roles: ['admin'] },
    { refresh_jti: [claims.refresh_jti] },
    { refresh_jti: 5 }
  ]
  for (const change of changes) {
    t.equal(await statusOf(forge({ ...claims, ...change })), 401, JSON.stringify(change) ?? '')
  }
  for (const payload of ['null', '[]', '"text"', '{}', 'no JSON']) {
    t.equal(await statusOf(forge(payload)), 401, payload)
  }
})

t.test('B9: a change of any byte of header or payload is noticed', async (t) => {
  const { access_token } = await signIn('user')
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
  t.equal(await statusOf(access_token), 200, 'the token itself is good')
})

t.test('B10, B12: a token counts in the Authorization header only, and is in no log', async (t) => {
  const { access_token, refresh_token } = await signIn('user')
  const query = `access_token=${access_token}&token=${access_token}&jwt=${refresh_token}`
  const cookie = `access_token=${access_token}; token=${access_token}; session=${refresh_token}; sessionId=${access_token}`
  const json = { access_token, refresh_token, token: access_token }
  const answers = [
    await app.inject({ method: 'GET', url: `${RESOURCE}?${query}` }),
    await app.inject({ method: 'GET', url: `${AUTH}?${query}` }),
    await app.inject({ method: 'POST', url: RESOURCE, payload: { name: 'x', ...json } }),
    await app.inject({ method: 'POST', url: REFRESH, payload: json }),
    await app.inject({ method: 'GET', url: RESOURCE, headers: { cookie } }),
    await app.inject({ method: 'GET', url: AUTH, headers: { cookie } }),
    await app.inject({ method: 'GET', url: RESOURCE, headers: { 'x-access-token': access_token, token: access_token } })
  ]
  t.strictSame(
    answers.map((answer) => answer.statusCode),
    Array(answers.length).fill(401)
  )
  const written = JSON.stringify(await logRows(db)) + log()
  t.match(written, RESOURCE, 'the requests are logged')
  for (const token of [access_token, refresh_token]) {
    const [, payload = '', signature = ''] = token.split('.')
    t.notOk(written.includes(payload) || written.includes(signature), 'their tokens are not')
  }
})

t.test('B11: the scheme is read in any case, spaces around the token are harmless', async (t) => {
  const { access_token } = await signIn('user')
  for (const scheme of ['bearer ', 'BEARER ', 'BeArEr ', 'Bearer   ']) {
    const authorization = `${scheme}${access_token}`
    t.equal((await app.inject({ url: RESOURCE, headers: { authorization } })).statusCode, 200, scheme)
    const spaced = `${authorization}  `
    t.equal((await app.inject({ url: RESOURCE, headers: { authorization: spaced } })).statusCode, 200, `${scheme}…  `)
    const two = `${authorization} ${access_token}`
    t.equal((await app.inject({ url: RESOURCE, headers: { authorization: two } })).statusCode, 401, 'two tokens')
  }
})

t.test('B14: a token tells whose it is and until when, and nothing else', async (t) => {
  const caller = await signIn('user', 'admin')
  const access = decode(caller.access_token)
  const refresh = decode(caller.refresh_token)
  t.strictSame(Object.keys(access).sort(), ['exp', 'iat', 'iss', 'jti', 'refresh_jti', 'sub', 'type'])
  t.strictSame(Object.keys(refresh).sort(), ['exp', 'iat', 'iss', 'jti', 'sub', 'type'])
  t.match(access, { sub: String(caller.id), type: 'access', refresh_jti: refresh.jti })
  t.match(refresh, { sub: String(caller.id), type: 'refresh' })
  t.equal(Number(access.exp) - Number(access.iat), 15 * 60, '15 minutes')
  t.equal(Number(refresh.exp) - Number(refresh.iat), 30 * 86_400, '30 days')
  t.not(access.jti, refresh.jti)
})

t.test('contract: access tokens live minutes, and fractions of them', async (t) => {
  const { app, signIn } = await build(t, { JWT_ACCESS_TOKEN_EXPIRES: '0.02' })
  const caller = await signIn('user')
  const { iat, exp } = decode(caller.access_token)
  t.equal(Number(exp) - Number(iat), 1)
  const answer = await eventually(async () => {
    const answer = await caller.get(RESOURCE)
    return answer.statusCode === 200 ? undefined : answer
  })
  is401(t, 'afterwards', answer, EXPIRED, INVALID)
  t.equal((await withToken(app, 'GET', AUTH, caller.refresh_token)).statusCode, 200, 'its refresh token lives on')
})

t.test('C1: a live refresh token gives a new access token of its own', async (t) => {
  const caller = await signIn('user')
  for (const instance of instances) {
    const answer = await withToken(instance, 'GET', AUTH, caller.refresh_token)
    t.equal(answer.statusCode, 200)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.strictSame(Object.keys(answer.json()), ['access_token'])
    const { access_token } = answer.json<Pair>()
    t.not(access_token, caller.access_token)
    t.equal(decode(access_token).refresh_jti, decode(caller.refresh_token).jti)
    t.equal(await statusOf(access_token), 200)
  }
  t.equal((await tokensOf(caller.id)).length, 1, 'without a new row')
})

t.test('C3: a blocked token is dead for the very next request, everywhere, with all that came from it', async (t) => {
  for (const blocker of instances) {
    const caller = await signIn('user')
    const bystander = await signInAs(app, caller)
    const refreshed = (await withToken(app, 'GET', AUTH, caller.refresh_token)).json<Pair>()
    const child = (await withToken(app, 'POST', REFRESH, caller.refresh_token)).json<Pair>()
    for (const instance of instances) t.equal(await statusOf(refreshed.access_token, instance), 200)

    await blocker.tokens.block(String(decode(caller.refresh_token).jti), 'admin')
    await isDead(t, caller)
    await isDead(t, { ...refreshed, refresh_token: caller.refresh_token })
    await isDead(t, child)
    t.equal(await statusOf(bystander.access_token), 200, 'another login of the account lives on')
  }
})

t.test('C4: no request that starts after a block is acknowledged is answered', async (t) => {
  const caller = await signIn('user')
  let acknowledged = false
  let before = 0
  const after: number[] = []
  const workers = Array.from({ length: 10 }, async (_, worker) => {
    for (let n = 0, late = 0; n < 500 && late < 10; n++) {
      const isLate = acknowledged
      const status = await statusOf(caller.access_token, instances[worker % 2])
      if (isLate) late = after.push(status)
      else before += status === 200 ? 1 : 0
    }
  })
  await eventually(() => (before >= 50 ? true : undefined))
  await app.tokens.block(String(decode(caller.refresh_token).jti), 'admin')
  acknowledged = true
  await Promise.all(workers)
  t.ok(after.length >= 10, 'there were such requests')
  t.strictSame([...new Set(after)], [401])
})

t.test('C5, C10: logout ends the refresh token and its access tokens, and no other login', async (t) => {
  const caller = await signIn('user')
  const other = await signInAs(app, caller)
  const refreshed = (await withToken(app, 'GET', AUTH, caller.refresh_token)).json<Pair>()

  const answer = await withToken(app, 'DELETE', AUTH, caller.refresh_token)
  t.equal(answer.statusCode, 200)
  t.strictSame(answer.json(), { msg: 'Access token revoked' })
  await isDead(t, caller)
  await isDead(t, { ...refreshed, refresh_token: caller.refresh_token })
  is401(t, 'a second logout', await withToken(app, 'DELETE', AUTH, caller.refresh_token), REVOKED, INVALID)

  t.equal(await statusOf(other.access_token), 200)
  t.equal((await withToken(app, 'GET', AUTH, other.refresh_token)).statusCode, 200)

  const again = await signInAs(app, caller)
  t.equal(await statusOf(again.access_token), 200)
  await isDead(t, caller)
})

t.test('C6: no token made while its family is blocked, logged out or removed outlives that', async (t) => {
  const account = await newAccount()
  let minted = 0
  for (let round = 0; round < 50; round++) {
    const removes = round % 20 === 19
    const holder = removes ? await newAccount() : account
    const token = await app.tokens.issue(holder.id, 1, { address: '127.0.0.1', client: '' }) // as a login does, without the price of its hash
    const caller = { access_token: app.signAccessToken(token), refresh_token: app.signRefreshToken(token) }
    const made: Pair[] = [caller]
    const statuses: number[] = []
    const racers = [0, 1, 2, 3].map(async (racer) => {
      const server = instances[racer % 2] ?? app
      for (let { refresh_token } = caller, step = 0; step < 4; step++) {
        const renews = (racer + step) % 3 === 0
        const answer = await withToken(server, renews ? 'GET' : 'POST', renews ? AUTH : REFRESH, refresh_token)
        statuses.push(answer.statusCode)
        if (answer.statusCode !== 200) return
        const { access_token, refresh_token: next = refresh_token } = answer.json<Partial<Pair>>()
        made.push({ access_token: access_token ?? '', refresh_token: next })
        refresh_token = next
      }
    })
    for (let turn = 0; turn < round % 7; turn++) await new Promise(setImmediate)
    if (removes) await removeAccount(second.db, holder.id)
    else if (round % 2) await second.app.tokens.block(token.jti, 'admin')
    else await withToken(second.app, 'DELETE', AUTH, caller.refresh_token)
    await Promise.all(racers)

    const uses = made.flatMap((pair, n) => [
      statusOf(pair.access_token, instances[n % 2]),
      withToken(app, 'POST', REFRESH, pair.refresh_token).then((answer) => answer.statusCode)
    ])
    t.strictSame([...new Set(await Promise.all(uses))], [401], `round ${round}`)
    t.notOk(
      statuses.some((status) => status !== 200 && status !== 401),
      `the racers were told nothing else: ${[...new Set(statuses)]}`
    )
    minted += made.length - 1
  }
  t.ok(minted >= 50, `tokens were made in the race (${minted})`)
})

t.test(
  'C6: an account that is removed, disabled or given a new password during its login does not get in',
  async (t) => {
    const ends: [name: string, (id: number) => Promise<unknown>][] = [
      ['removed', (id) => removeAccount(second.db, id)],
      ['disabled', (id) => setDisabled(second.db, id, true)],
      ['new password', (id) => setPassword(second.db, createPasswords(config), id)]
    ]
    const bystander = await signIn()
    for (const [name, end] of ends) {
      const { id, username, password } = await newAccount()
      const counted = await db.$count(login_failure)
      const queue = Array.from({ length: 5 }, () => login(`nobody-${name}`, 'not the password'))
      const attempt = login(username, password)
      await eventually(async () => ((await db.$count(login_failure)) === counted + 2 ? true : undefined))
      // By the time a later request is answered the account has been read, and its password waits to be checked.
      await withToken(app, 'GET', AUTH, bystander.refresh_token)
      const [answer] = await Promise.all([attempt, end(id), ...queue])
      if (answer.statusCode === 200) await isDead(t, answer.json<Pair>())
      else is401(t, name, answer, 'Bad username or password', 'Bearer')
    }
  }
)

t.test('C7: rotation spends the old token; asked again at once, or by many, it gives the same successor', async (t) => {
  for (const servers of [[app], instances]) {
    const caller = await signIn('user')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        withToken(servers[n % servers.length] ?? app, 'POST', REFRESH, caller.refresh_token)
      )
    )
    t.strictSame([...new Set(answers.map((answer) => answer.statusCode))], [200])
    t.equal(answers[0]?.headers['cache-control'], 'no-store')
    t.strictSame(Object.keys(answers[0]?.json() ?? {}).sort(), ['access_token', 'refresh_token'])
    const children = new Set(answers.map((answer) => answer.json<Pair>().refresh_token))
    t.equal(children.size, 1)
    t.notOk(children.has(caller.refresh_token))
    t.equal((await tokensOf(caller.id)).length, 2, 'one new row')
    for (const answer of answers) t.equal(await statusOf(answer.json<Pair>().access_token), 200)

    const late = await withToken(app, 'POST', REFRESH, caller.refresh_token)
    t.ok(children.has(late.json<Pair>().refresh_token), 'asked once more')
    const [child = ''] = children
    const grandchild = await withToken(app, 'POST', REFRESH, child)
    t.equal(grandchild.statusCode, 200)
    t.not(grandchild.json<Pair>().refresh_token, child)
  }
})

t.test('C8: a token spent long ago blocks its whole family, for good, and the log tells', async (t) => {
  for (const [method, url] of [
    ['POST', REFRESH],
    ['GET', AUTH]
  ] as const) {
    const caller = await signIn('user')
    const other = await signInAs(app, caller)
    const child = (await withToken(app, 'POST', REFRESH, caller.refresh_token)).json<Pair>()
    const grandchild = (await withToken(app, 'POST', REFRESH, child.refresh_token)).json<Pair>()
    const jti = String(decode(caller.refresh_token).jti)
    await db
      .update(refresh_token)
      .set({ rotated: new Date(Date.now() - 11_000).toISOString() })
      .where(eq(refresh_token.jti, jti))
    const written = log().length

    is401(t, 'reuse', await withToken(app, method, url, caller.refresh_token), REVOKED, INVALID)
    for (const pair of [caller, child, grandchild]) await isDead(t, pair)
    const blocked = and(eq(refresh_token.family, jti), eq(refresh_token.blocked, true))
    t.equal(await db.$count(refresh_token, and(blocked, eq(refresh_token.blocked_reason, 'reuse'))), 3)
    t.equal(await statusOf(other.access_token), 200, 'another login lives on')
    const events = log()
      .slice(written)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Claims)
    t.match(
      events.find((line) => line.event === 'refresh token reused'),
      { jti, level: 40 }
    )
  }
})

t.test('C9: a new password, disabling and removal end every token of the account at once', async (t) => {
  const ends: [name: string, (caller: Caller) => Promise<unknown>][] = [
    ['changed', ({ password, put }) => put(PASSWORD, { old_password: password, new_password: 'a new long password' })],
    ['reset', ({ id }) => setPassword(db, passwords, id)],
    ['disabled', ({ id }) => setDisabled(db, id, true)],
    ['disabled and enabled', ({ id }) => setDisabled(db, id, true).then(() => setDisabled(db, id, false))],
    ['removed', ({ id }) => removeAccount(db, id)]
  ]
  for (const [name, end] of ends) {
    const caller = await signIn('user')
    const other = await signInAs(second.app, caller)
    const child = (await withToken(app, 'POST', REFRESH, caller.refresh_token)).json<Pair>()
    for (const pair of [caller, other, child]) t.equal(await statusOf(pair.access_token), 200)
    await end(caller)
    await t.test(name, async (t) => {
      for (const pair of [caller, other, child]) await isDead(t, pair)
    })
  }
})

t.test('C11: rotation does not carry a family beyond its end', async (t) => {
  const caller = await signIn('user')
  const { jti } = decode(caller.refresh_token)
  const end = now() + 120
  await db
    .update(refresh_token)
    .set({ family_expiry: new Date(end * 1000).toISOString() })
    .where(eq(refresh_token.jti, String(jti)))
  let token = caller.refresh_token
  for (let n = 0; n < 3; n++) {
    const answer = await withToken(app, 'POST', REFRESH, token)
    t.equal(answer.statusCode, 200)
    token = answer.json<Pair>().refresh_token
    t.equal(decode(token).exp, end)
  }
})

t.test('C11: a family ends when its configuration says, though each rotation gives a later token', async (t) => {
  const { app, db, signIn } = await build(t, { JWT_REFRESH_TOKEN_EXPIRES: '1', JWT_FAMILY_EXPIRES: '2' })
  const caller = await signIn()
  const [row] = await db.select().from(refresh_token)
  t.equal(Date.parse(row?.family_expiry ?? '') - Date.parse(row?.issued ?? ''), 2 * 86_400_000)
  const { iat, exp } = decode((await withToken(app, 'POST', REFRESH, caller.refresh_token)).json<Pair>().refresh_token)
  t.equal(Number(exp) - Number(iat), 86_400)
})

t.test('C13: HEAD mints no token', async (t) => {
  const caller = await signIn('user')
  for (const url of [AUTH, '/api/auth']) {
    const answer = await withToken(app, 'HEAD', url, caller.refresh_token)
    t.equal(answer.statusCode, 405)
    t.equal(answer.headers.allow, 'DELETE, GET, OPTIONS, POST')
  }
})

/** An account of the role `user`; the password, or the hash that is stored for it, may be given. */
async function newAccount({ password, password_hash }: { password?: string; password_hash?: string } = {}) {
  const account = await addAccount(db, passwords, { username: `account-${randomUUID()}`, password, roles: ['user'] })
  if (password_hash !== undefined) await db.update(user).set({ password_hash }).where(eq(user.id, account.id))
  return account
}

function login(username: string, password: string, server: FastifyInstance = app, remoteAddress = '127.0.0.1') {
  return server.inject({ method: 'POST', url: AUTH, payload: { username, password }, remoteAddress })
}

async function statusOf(access_token: string, server: FastifyInstance = app): Promise<number> {
  return (await withToken(server, 'GET', RESOURCE, access_token)).statusCode
}

async function tokensOf(id: number) {
  return await db.select().from(refresh_token).where(eq(refresh_token.user_id, id))
}

/** Neither token is good for anything, at any instance. */
async function isDead(t: Test, { access_token, refresh_token }: Pair): Promise<void> {
  const answers = await Promise.all(
    instances.flatMap((server) => [
      withToken(server, 'GET', RESOURCE, access_token),
      withToken(server, 'PUT', PASSWORD, access_token),
      withToken(server, 'GET', AUTH, refresh_token),
      withToken(server, 'POST', REFRESH, refresh_token),
      withToken(server, 'DELETE', AUTH, refresh_token)
    ])
  )
  t.strictSame(
    answers.map((answer) => [answer.statusCode, answer.json<ErrorBody>().msg]),
    Array(answers.length).fill([401, REVOKED]),
    'its tokens are dead'
  )
}

function is401(t: Test, name: string, answer: Answer, msg: string | RegExp, challenge: string): void {
  t.equal(answer.statusCode, 401, name)
  const body = answer.json<ErrorBody>()
  t.match(body, { statusCode: 401, error: 'Unauthorized', msg, code: /^[A-Z_]+$/ }, `${name}: body`)
  if (typeof msg === 'string') t.equal(body.msg, msg, `${name}: text`)
  t.equal(answer.headers['www-authenticate'], challenge, `${name}: challenge`)
  t.equal(answer.headers['cache-control'], 'no-store', `${name}: not cached`)
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8', `${name}: type`)
}

/** An answer without what differs from any answer to the next. */
function comparable({ statusCode, headers: { date: _, 'x-request-id': __, ...headers }, payload }: Answer) {
  return { status: statusCode, body: payload, headers }
}

/** How many argon2 hashes are computed while `work` runs: pieces of asynchronous work of the kind that one hash is. */
async function hashesDuring(work: () => Promise<unknown>): Promise<number> {
  const kinds: string[] = []
  const hook = createHook({
    init(_id, type) {
      if (type !== 'PROMISE') kinds.push(String(type))
    }
  }).enable()
  try {
    const one = hash('a hash to know its kind')
    const kind = kinds.at(-1)
    await one
    kinds.length = 0
    await work()
    return kinds.filter((each) => each === kind).length
  } finally {
    hook.disable()
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function decode(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims
}

function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

/** A token signed with HMAC, by default as the server signs its own. */
function forge(
  claims: unknown,
  key = secret,
  header: Claims = { alg: 'HS256', typ: 'JWT' },
  digest = 'sha256'
): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac(digest, key).update(input).digest('base64url')}`
}

function unsigned(claims: Claims, alg: unknown): string {
  return `${encode({ alg, typ: 'JWT' })}.${encode(claims)}.`
}
