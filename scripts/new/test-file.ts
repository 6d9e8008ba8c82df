// The tests of a resource, as one would write them by hand.

import { KINDS } from './kinds.ts'
import type { Field, Resource } from './resource.ts'
import { capitalized, importing, importingTables } from './words.ts'

/** The text of test/<name>.test.ts. */
export function testFile(resource: Resource): string {
  const { name, list, words, manyWords, fields, filters, roles, parents } = resource
  const Words = capitalized(words)
  const a = /^[aeiou]/.test(words) ? 'an' : 'a'
  const references = fields.filter((field) => field.target)
  const required = fields.filter((field) => !field.nullable).map(({ name: field }) => `'${field}'`)
  const clearable = fields.filter((field) => field.nullable).map(({ name: field }) => `${field}: null`)
  const records = parents.map(
    ({ id, target, values }) =>
      `const { id: ${id} } = only(await db.insert(${target.constant}).values({ ${values.join(', ')} }).returning())`
  )
  const codeOf = (field: Field) => field.parent ?? KINDS[field.kind].example(field)
  const body = fields.map((field) => (field.parent === field.name ? field.name : `${field.name}: ${codeOf(field)}`))
  const changed = fields.find((field) => !field.target)
  const change = changed ? `${changed.name}: ${KINDS[changed.kind].other(changed)}` : body[0]
  const stranger = roles.includes('admin') ? '' : `'admin'`
  const wrong = fields.map(
    (field) => `${field.name}: [${[...(field.nullable ? [] : ['null']), ...KINDS[field.kind].wrong(field)].join(', ')}]`
  )
  const others = filters.map((field) => `${field.name}: ${field.target ? 'UNKNOWN' : KINDS[field.kind].other(field)}`)
  const malformed = filters.filter(({ kind }) => kind !== 'text').map((field) => `, '${field.name}=x'`)

  const code = `const UNKNOWN = 2 ** 31 - 1

const { app, ${records.length > 0 ? 'db, ' : ''}signIn } = await build(t)
const client = await signIn('${roles[0]}')
${records.join('\n')}
const body = { ${body.join(', ')} }
const change = { ${change} }

t.test('${a} ${words} is created, read, listed, changed and deleted', async (t) => {
  const created = await client.post('/api/${name}/', body)
  t.equal(created.statusCode, 201)
  const { id } = created.json<{ id: number }>()
  const url = \`/api/${name}/\${id}\`
  t.strictSame(created.json(), { id, ...body }, 'with exactly these fields')
  t.equal(created.headers.location, url)

  const read = await client.get(url)
  t.equal(read.statusCode, 200)
  t.equal(read.payload, created.payload)
  t.equal(read.headers.etag, created.headers.etag)
  t.equal((await client.get(\`\${url}/\`)).payload, read.payload, 'a trailing slash is optional')
  t.strictSame((await client.get('/api/${name}/')).json(), { ${list}: [{ id, ...body }], next: null })

  const put = await client.put(url, change)
  t.equal(put.statusCode, 200)
  t.strictSame(put.json(), { id, ...body, ...change }, 'PUT changes the fields it names')
  t.not(put.headers.etag, read.headers.etag, 'and the ETag')
  t.equal((await client.get(url)).payload, put.payload)
  const patch = await client.patch(url, body)
  t.strictSame(patch.json(), { id, ...body }, 'PATCH as well')
${
  clearable.length > 0
    ? `  const cleared = await client.put(url, { ${clearable.join(', ')} })
  t.strictSame(cleared.json(), { id, ...body, ${clearable.join(', ')} }, 'null clears a field')
  t.equal((await client.get(url)).payload, cleared.payload)
`
    : ''
}
  const head = await client.call('HEAD', url)
  t.equal(head.statusCode, 200)
  t.equal(head.payload, '')

  const deleted = await client.delete(url)
  t.equal(deleted.statusCode, 200)
  t.strictSame(deleted.json(), { message: '${Words} deleted' })
  for (const [method, payload] of [['GET'], ['PUT', change], ['PATCH', change], ['DELETE']] as const) {
    t.equal((await client.call(method, url, payload)).statusCode, 404, \`\${method} of a deleted ${words}\`)
  }
})

t.test('an unknown id is 404, a malformed one 400', async (t) => {
  for (const [method, payload] of [['GET'], ['PUT', change], ['PATCH', change], ['DELETE']] as const) {
    t.equal((await client.call(method, \`/api/${name}/\${UNKNOWN}\`, payload)).statusCode, 404, method)
    for (const id of ['0', '-1', '1.5', '01', '0x10', 'x', '%00', String(2 ** 31)]) {
      t.equal((await client.call(method, \`/api/${name}/\${id}\`, payload)).statusCode, 400, \`\${method} \${id}\`)
    }
  }
})

t.test('nobody gets in without a token, with a blocked one, or without the role', async (t) => {
  const id = await add()
  const stranger = await signIn(${stranger})
  const blocked = await signIn('${roles[0]}')
  t.equal((await withToken(app, 'DELETE', '/api/auth/', blocked.refresh_token)).statusCode, 200)
  const calls = [
    ['GET', '/api/${name}/'],
    ['POST', '/api/${name}/', body],
    ['GET', \`/api/${name}/\${id}\`],
    ['PUT', \`/api/${name}/\${id}\`, change],
    ['PATCH', \`/api/${name}/\${id}\`, change],
    ['DELETE', \`/api/${name}/\${id}\`]
  ] as const
  const before = (await client.get('/api/${name}/')).payload
  for (const [method, url, payload] of calls) {
    const anonymous = await app.inject({ method, url, ...(payload && { payload }) })
    t.equal(anonymous.statusCode, 401, \`\${method} without a token\`)
    t.equal((await blocked.call(method, url, payload)).statusCode, 401, \`\${method} with a blocked token\`)
    t.equal((await stranger.call(method, url, payload)).statusCode, 403, \`\${method} without the role\`)
  }
  t.equal((await client.get('/api/${name}/')).payload, before, 'nothing was changed')
})

t.test('fields that are unknown, missing or not of their type are refused by name', async (t) => {
  const id = await add()
  const before = (await client.get('/api/${name}/')).payload
  const refuses = async (field: string, answer: Awaited<ReturnType<typeof client.post>>, what: string) => {
    t.equal(answer.statusCode, 400, what)
    t.match(answer.json(), { code: 'INVALID_INPUT', details: [{ field }] }, what)
  }
  for (const field of ['nonsense', 'id', 'version']) {
    await refuses(field, await client.post('/api/${name}/', { ...body, [field]: 1 }), \`POST with \${field}\`)
    await refuses(field, await client.put(\`/api/${name}/\${id}\`, { [field]: 1 }), \`PUT with \${field}\`)
  }
${
  required.length > 0
    ? `  for (const field of [${required.join(', ')}]) {
    const rest = Object.fromEntries(Object.entries(body).filter(([name]) => name !== field))
    await refuses(field, await client.post('/api/${name}/', rest), \`POST without \${field}\`)
  }
`
    : ''
}  const wrong = { ${wrong.join(', ')} }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const what = \`\${field}: \${JSON.stringify(value).slice(0, 40)}\`
      await refuses(field, await client.post('/api/${name}/', { ...body, [field]: value }), what)
      await refuses(field, await client.put(\`/api/${name}/\${id}\`, { [field]: value }), what)
    }
  }
  t.equal((await client.get('/api/${name}/')).payload, before, 'nothing was stored')
})

${
  references.length > 0
    ? `t.test('a reference to a record that does not exist is refused by name', async (t) => {
  const id = await add()
  for (const field of [${references.map(({ name: field }) => `'${field}'`).join(', ')}]) {
    const message = { details: [{ field, message: 'refers to a record that does not exist' }] }
    const created = await client.post('/api/${name}/', { ...body, [field]: UNKNOWN })
    t.equal(created.statusCode, 400)
    t.match(created.json(), message)
    const updated = await client.put(\`/api/${name}/\${id}\`, { [field]: UNKNOWN })
    t.equal(updated.statusCode, 400)
    t.match(updated.json(), message)
  }
})

`
    : ''
}t.test('a list comes in pages of a hard limit${filters.length > 0 ? ', and is filtered' : ''}', async (t) => {
  const ids = [await add(), await add(), await add()]
  const list = async (query: string) => (await client.get(\`/api/${name}/?\${query}\`)).json<Page>()
  const start = (ids[0] ?? 1) - 1
  const first = await list(\`after=\${start}&limit=2\`)
  t.strictSame(first.${list}.map(({ id }) => id), ids.slice(0, 2))
  t.equal(first.next, ids[1])
  const second = await list(\`after=\${first.next}&limit=2\`)
  t.strictSame(second.${list}.map(({ id }) => id), ids.slice(2))
  t.equal(second.next, null)
${
  others.length > 0
    ? `  for (const [field, other] of Object.entries({ ${others.join(', ')} })) {
    const given = new URLSearchParams({ [field]: String(body[field as keyof typeof body]) })
    t.strictSame((await list(\`after=\${start}&\${given}\`)).${list}.map(({ id }) => id), ids, field)
    const not = new URLSearchParams({ [field]: String(other) })
    t.strictSame((await list(\`after=\${start}&\${not}\`)).${list}, [], \`another \${field}\`)
  }
`
    : ''
}  t.equal((await client.get('/api/${name}/?limit=1000')).statusCode, 200)
  for (const query of ['limit=1001', 'limit=0', 'limit=x', 'after=0', 'after=x', 'nonsense=1'${malformed.join('')}]) {
    t.equal((await client.get(\`/api/${name}/?\${query}\`)).statusCode, 400, query)
  }
})

t.test('a write that names a version which is no longer there is 412', async (t) => {
  const url = \`/api/${name}/\${await add()}\`
  const { etag } = (await client.get(url)).headers
  t.equal((await client.put(url, change, { 'if-match': String(etag) })).statusCode, 200)
  t.equal((await client.put(url, body, { 'if-match': String(etag) })).statusCode, 412)
  t.equal((await client.delete(url, { 'if-match': String(etag) })).statusCode, 412)
  t.match((await client.get(url)).json(), change, 'the first change stands')
})

t.test('every call is a row of the access log', async (t) => {
  const before = (await logRows(app.db)).length
  const url = \`/api/${name}/\${await add()}\`
  await client.get(url)
  await client.get('/api/${name}/')
  await client.put(url, change)
  await client.delete(url)
  await client.get(url)
  const rows = (await logRows(app.db)).slice(before)
  t.strictSame(
    rows.map(({ username, method, path, status }) => [username, method, path, status]),
    [
      [client.username, 'POST', '/api/${name}/', 201],
      [client.username, 'GET', url, 200],
      [client.username, 'GET', '/api/${name}/', 200],
      [client.username, 'PUT', url, 200],
      [client.username, 'DELETE', url, 200],
      [client.username, 'GET', url, 404]
    ]
  )
})

interface Page {
  ${list}: { id: number }[]
  next: number | null
}

/** The id of a new ${words}. */
async function add(): Promise<number> {
  const answer = await client.post('/api/${name}/', body)
  return answer.json<{ id: number }>().id
}
`
  const imports = [
    `import t from 'tap'\n`,
    importing('../src/records.ts', 'only', code),
    importingTables(
      parents.map(({ target }) => target),
      '../src/tables/'
    ),
    `import { build, logRows, withToken } from './support/app.ts'\n`
  ]
  return `// The ${manyWords} over HTTP: what each operation gives, takes and refuses.\n\n${imports.join('')}\n${code}`
}
