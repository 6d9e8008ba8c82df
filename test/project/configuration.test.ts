// Which variables are accepted. Every rejected variable is named.

import t from 'tap'
import { loadConfig } from '../../src/config.ts'

const secrets = {
  SECRET_KEY: '6Zq0mVnJ4b8yRr1tXw3cKd5eUf7gHs9a',
  JWT_SECRET_KEY: 'Qp2oWn4iEm6uRb8yTv0cYx1zUl3kIj5h'
}

t.test('the defaults are those of the contract', async (t) => {
  t.match(loadConfig(secrets), {
    host: '127.0.0.1',
    port: 5000,
    databaseUrl: 'file:./data/app.db',
    accessTokenMinutes: 15,
    refreshTokenDays: 30,
    trustProxy: [],
    logLevel: 'info',
    sqliteSynchronous: 'FULL',
    demo: false
  })
  t.ok(Object.isFrozen(loadConfig(secrets)))
  t.equal(loadConfig({ ...secrets, JWT_ACCESS_TOKEN_EXPIRES: '0.5' }).accessTokenMinutes, 0.5)
  t.same(loadConfig({ ...secrets, TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,::1' }).trustProxy, [
    '10.0.0.1',
    '10.1.0.0/16',
    '::1'
  ])
})

t.test(
  'a missing, sample, short, repetitive or shared secret is rejected by name and never printed [J1]',
  async (t) => {
    const bad = ['', 'change-me', 'change-me-change-me-change-me-change-me', 'kurz', 'a'.repeat(64), 'abab'.repeat(16)]
    for (const name of ['SECRET_KEY', 'JWT_SECRET_KEY']) {
      for (const value of bad) {
        const found = problems({ [name]: value })
        t.equal(found.length, 1, `${name}=${value}`)
        t.match(found[0], new RegExp(`^${name} `))
        if (value) t.notMatch(found[0], value)
      }
    }
    t.same(problems({ SECRET_KEY: secrets.JWT_SECRET_KEY }), ['SECRET_KEY must differ from JWT_SECRET_KEY'])
    t.equal(problems({}, {}).length, 2)
  }
)

t.test('only addresses and address ranges can be trusted as proxies [J2]', async (t) => {
  const rejected = [
    'true',
    '1',
    '*',
    'proxy.local',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::1/129',
    '1.2.3'
  ]
  for (const TRUST_PROXY of rejected) {
    t.match(problems({ TRUST_PROXY }), [/^TRUST_PROXY must be a comma-separated list of IP addresses/], TRUST_PROXY)
  }
})

t.test('an invalid or unknown variable is rejected by name [J3]', async (t) => {
  for (const name of ['JWT_ACCESS_TOKEN_EXPIRES', 'JWT_REFRESH_TOKEN_EXPIRES', 'LOGIN_WINDOW', 'CLEANUP_INTERVAL']) {
    for (const value of ['0', '-1', 'NaN', '1e9', '1000000000', '', 'soon', '0x10', ' 5', 'Infinity']) {
      t.match(problems({ [name]: value }), [new RegExp(`^${name} must be `)], `${name}=${value}`)
    }
  }
  const rejected: Record<string, string[]> = {
    PORT: ['-1', '65536', '80.5', 'http', '5000abc'],
    HOST: ['', 'a b', 'http://x'],
    DATABASE_URL: ['mysql://x/y', 'data.db', '', 'file:', 'postgres://'],
    LOG_LEVEL: ['verbose', 'INFO'],
    DEMO: ['1', 'yes', 'TRUE'],
    ALLOWED_HOSTS: ['*', '.example.org', 'https://a.example', 'a.example:80', 'a b/c'],
    CORS_ORIGIN: ['*', 'null', 'https://a.example/', 'a.example', 'ftp://a.example'],
    SITE_NAME: [' ', 'a\nb', 'a'.repeat(61)],
    LANGUAGE: ['', 'fr', 'EN'],
    TIME_ZONE: ['', 'Berlin', 'Europe/Nowhere', '+01:00'],
    CORS_HEADERS: ['*', 'x:y', 'traceparent;b', 'a, b*', 'ä', '"x"', 'x'.repeat(101)],
    PASSWORD_MIN_LENGTH: ['7', '65'],
    ARGON2_MEMORY: ['18', '65'],
    SQLITE_SYNCHRONOUS: ['OFF', 'full']
  }
  for (const [name, values] of Object.entries(rejected)) {
    for (const value of values)
      t.match(problems({ [name]: value }), [new RegExp(`^${name} must be `)], `${name}=${value}`)
  }
  t.same(problems({ SESSION_MANAGER: 'local/desktop:@/tmp/.ICE-unix/1' }), [], 'which many desktops set')
  const unknown = 'JWT_ACCESS_TOKEN_EXPIRE is not a variable that this server knows'
  t.same(problems({ JWT_ACCESS_TOKEN_EXPIRE: '5' }), [unknown])
  t.equal(problems({ PORT: 'x', LOG_LEVEL: 'y', JWT_FOO: '1' }).length, 3, 'all problems are reported at once')
})

t.test('the demo makes its own secrets, has short access tokens, and listens on loopback only', async (t) => {
  const [one, other] = [loadConfig({ DEMO: 'true' }), loadConfig({ DEMO: 'true', SECRET_KEY: 'change-me' })]
  t.not(one.jwtSecretKey, other.jwtSecretKey)
  t.not(one.jwtSecretKey, one.secretKey)
  t.equal(one.accessTokenMinutes, 0.3)
  t.equal(loadConfig({ DEMO: 'true', JWT_ACCESS_TOKEN_EXPIRES: '2' }).accessTokenMinutes, 2)
  for (const HOST of ['127.0.0.1', '127.3.2.1', '::1', 'localhost']) t.same(problems({ DEMO: 'true', HOST }), [], HOST)
  for (const HOST of ['0.0.0.0', '::', '192.168.0.2', 'example.org']) {
    t.match(problems({ DEMO: 'true', HOST }), [/^HOST must be a loopback address/], HOST)
  }
})

/** Returns what is wrong with these variables, one line per problem. */
function problems(env: Record<string, string>, base: Record<string, string> = secrets): string[] {
  try {
    loadConfig({ ...base, ...env })
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}
