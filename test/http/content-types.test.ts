// A body is parsed only if it is declared as JSON in UTF-8, and everything that is parsed is validated.

import t from 'tap'
import { buildForBodies } from './bodies.ts'

const { post, stored } = await buildForBodies(t)

t.test('a JSON content type is parsed and validated, in all its spellings [G2]', async (t) => {
  const parsed = [
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json;\tcharset=utf-8'
  ]
  for (const type of parsed) {
    t.equal((await post(type, '{"name":"Weight"}')).statusCode, 201, `${type} is parsed`)
    t.equal((await post(type, '{"name":5}')).statusCode, 400, `${type} is validated`)
  }
})

t.test('any other content type is rejected with 415 [G2]', async (t) => {
  const before = await stored()
  const rejected = [
    undefined,
    '',
    'text/plain',
    'text/plain; charset=utf-8',
    'text/json',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json+x',
    'application/vnd.api+json',
    'text/plain; application/json',
    'text/plain, application/json',
    'json',
    '*/*',
    '__proto__'
  ]
  for (const type of rejected) {
    const response = await post(type, '{"name":"Weight"}')
    t.equal(response.statusCode, 415, `${type} is rejected`)
    t.equal(response.json().statusCode, 415)
  }
  t.equal(await stored(), before, 'nothing was stored')
})

t.test('a malformed content type never lets a body in without validation [G2]', async (t) => {
  const before = await stored()
  for (const type of [
    'application/json;x',
    'application/json\t',
    'application/json, text/plain',
    'application/json x'
  ]) {
    const response = await post(type, '{"name":5}')
    t.ok([400, 415].includes(response.statusCode), `${JSON.stringify(type)} is never parsed without being validated`)
  }
  t.equal(await stored(), before, 'nothing was stored')
})

t.test('a compressed body is rejected with 415 and never decompressed [G6]', async (t) => {
  for (const encoding of ['gzip', 'br', 'deflate', 'zstd', 'x-gzip', 'GZIP', 'identity, gzip', 'junk', '']) {
    const response = await post('application/json', '{"name":"Weight"}', { 'content-encoding': encoding })
    t.equal(response.statusCode, 415, encoding)
  }
  const plain = await post('application/json', '{"name":"Weight"}', { 'content-encoding': 'identity' })
  t.equal(plain.statusCode, 201, 'identity means that the body is not compressed')
})

t.test('any charset except utf-8 is rejected with 415 [G8]', async (t) => {
  for (const charset of ['utf-16', 'utf-16le', 'iso-8859-1', 'us-ascii', 'utf-7', '"utf-16"', '']) {
    const response = await post(`application/json; charset=${charset}`, '{"name":"Weight"}')
    t.equal(response.statusCode, 415, `charset ${charset}`)
  }
})

t.test('bytes that are not valid UTF-8 are rejected instead of replaced [G8]', async (t) => {
  const bytes = {
    'a lone continuation byte': Buffer.from('{"name":"\x80"}', 'latin1'),
    'Latin-1': Buffer.from('{"name":"Gr\xf6\xdfe"}', 'latin1'),
    'an overlong slash': Buffer.from('{"name":"\xc0\xaf"}', 'latin1'),
    'an encoded surrogate': Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1'),
    'beyond U+10FFFF': Buffer.from('{"name":"\xf4\x90\x80\x80"}', 'latin1'),
    'cut in a character': Buffer.from('{"name":"\xe2\x82"}', 'latin1'),
    'UTF-16': Buffer.from('{"name":"Weight"}', 'utf16le')
  }
  for (const [what, payload] of Object.entries(bytes)) {
    const response = await post('application/json', payload)
    t.equal(response.statusCode, 400, what)
    t.ok(response.json().details.length > 0)
  }
  const kept = await post('application/json; charset=utf-8', Buffer.from('{"name":"Größe 🩺"}'))
  t.equal(kept.json().name, 'Größe 🩺')
})
