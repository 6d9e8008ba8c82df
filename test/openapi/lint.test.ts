// The document is valid OpenAPI 3.1 and follows OWASP's rules for APIs, except those listed here with their reason.

import { createRequire } from 'node:module'
import { Validator } from '@seriousme/openapi-schema-validator'
import spectral from '@stoplight/spectral-core'
import t from 'tap'
import { committed } from './api-document.ts'

const EXCEPTIONS = [
  // Ids are integers by contract. Knowing one gives no access: every operation requires a role.
  ['owasp:api1:2023-no-numeric-ids', /^paths\..*\.parameters\./],
  // The limits of an address are far above what a client needs. They are sent as Retry-After, with the 429.
  ['owasp:api4:2023-rate-limit', /./],
  ['owasp:api4:2023-rate-limit-responses-429', /./],
  // The proxy or CORS_ORIGIN decides which origins may read. By default no response has the header.
  ['owasp:api8:2023-define-cors-origin', /./],
  // Who logs in, or asks for the health, has no token yet.
  ['owasp:api2:2023-write-restricted', /^paths\.\/api\/auth\/\.post\./],
  ['owasp:api2:2023-read-restricted', /^paths\.\/health\//],
  ['owasp:api8:2023-define-error-responses-401', /^paths\.\/health\//],
  // A username may be any text in a login, because it is only compared.
  ['owasp:api4:2023-string-restricted', /\.username$/],
  // The server of the document is the demo, which listens on loopback only.
  ['owasp:api8:2023-no-server-http', /^servers\.0\.url$/]
] as const

t.test('the document is valid OpenAPI 3.1', async (t) => {
  t.match(committed.openapi, /^3\.1\./)
  t.match(await new Validator().validate(structuredClone(committed)), { valid: true })
})

t.test('the document follows the rules of OWASP, except those listed above', async (t) => {
  const linter = new spectral.Spectral()
  // Its ES module imports names that spectral-core, which is CommonJS, does not have.
  const owasp = createRequire(import.meta.url)('@stoplight/spectral-owasp-ruleset')
  linter.setRuleset(owasp.default ?? owasp)
  const found = await linter.run(committed as never)
  const violations = found.filter(
    ({ code, path }) => !EXCEPTIONS.some(([rule, where]) => rule === code && where.test(path.join('.')))
  )
  t.strictSame(
    violations.map(({ code, path }) => `${code} ${path.join('.')}`),
    []
  )
})
