// What the tests of one resource share: a server, a client that may call the resource, and new records.

import type { Test } from 'tap'
import { build, type Caller } from '../app.ts'
import type { Fields, ResourceOptions } from '../resource-contract.ts'
import { jsonSender } from './requests.ts'

export type Context = Awaited<ReturnType<typeof startContext>>

/** Starts a server and returns the options with their defaults, and what the tests do with them. */
export async function startContext(t: Test, options: ResourceOptions) {
  const { path, list, shown = (body: Fields) => body, nested = {} } = options
  const server = await build(t)
  // What the resource refers to may have owners. A role that sees all of it can refer to every record of it.
  const statementOf = (address: string) =>
    server.app.ownerStatements.find(({ routes }) => routes.some(({ url }) => `${url}/` === address))
  const ownership = statementOf(path)
  const { references = {}, many = {} } = options
  const others = Object.entries(references).filter(([field]) => field !== ownership?.field) // the caller owns that record
  const addresses = [...others.map(([, address]) => address), ...Object.values(many).map(({ address }) => address)]
  const targets = addresses.flatMap((address) => statementOf(address ?? '') ?? [])
  const helpers = targets.flatMap(({ all }) => all.slice(0, 1))
  const signInWith = async (role: string) => await server.signIn(...new Set([role, ...helpers]))
  const client = await signInWith(options.roles[0])
  const owned = ownership?.isDirect ? { [ownership.field]: client.id } : {}
  const name = path.slice('/api/'.length, -1).replaceAll('-', ' ')
  const readers = new Map<string, Caller>()
  const nestedRecords = new Map<string, unknown>()

  /** Reads the record that a field of a body refers to, so that `record` knows what is shown of it. */
  async function readNested(field: string, id: unknown): Promise<void> {
    const address = references[field] ?? ''
    const { policy } = server.app.routePolicies().find(({ path }) => path === `${address}:id`) ?? {}
    const reader = readers.get(address) ?? (await server.signIn(...(Array.isArray(policy) ? policy : [])))
    readers.set(address, reader)
    nestedRecords.set(`${field} ${id}`, (await reader.get(`${address}${id}`)).json())
  }

  /** Returns the fields with nested records in place of their ids. */
  function withNested(fields: Fields): Fields {
    const ids = Object.values(nested)
    const others = Object.entries(fields).filter(([field]) => !ids.includes(field))
    const records = Object.entries(nested).map(([name, field]) => [
      name,
      nestedRecords.get(`${field} ${fields[field]}`) ?? null
    ])
    return Object.fromEntries([...others, ...records])
  }

  async function newBody(caller = client): Promise<Fields> {
    const body = await options.body(server, caller)
    for (const field of Object.values(nested)) await readNested(field, body[field])
    return body
  }

  const sample = await newBody()
  const fields = Object.keys(sample)
  // Fields that the resource's test does not know: they can be null, and are unless a body names them.
  const first = (await client.post(path, sample)).json<Fields>()
  const unnamed = Object.entries(first).filter(([field, value]) => value === null && !(field in sample))
  const nulls = Object.fromEntries(unnamed)
  const { nullable = [], defaults = {}, changes } = options

  return {
    nullable,
    defaults,
    filters: [],
    unique: [],
    ranges: [],
    sort: [],
    references: {},
    many: {},
    deletedWith: [],
    self: [],
    ...options,
    ...server,
    client,
    /** Whose records the resource has, if it states that. */
    ownership,
    statementOf,
    /** Signs in a new caller with a role of the resource, who can refer to every record that bodies refer to. */
    signInWith,
    /** The resource's name in sentences: 'lab report'. */
    name,
    /** The names of all fields of a body. */
    fields,
    /** The names of nullable fields that no body has. */
    unnamed: Object.keys(nulls),
    /** The names of the fields that every new record must have. */
    required: fields.filter((field) => !nullable.includes(field) && !(field in defaults)),
    newBody,
    newChanges: () => (typeof changes === 'function' ? changes() : changes),
    sendText: jsonSender(server.app, client),

    /** Returns what the record with this id and body shows. */
    record: (id: number, body: Fields) => ({ id, ...nulls, ...owned, ...withNested(shown(body)) }),

    /** Adds a record as the client, or as another caller, and returns it. */
    async add(caller = client) {
      const body = await newBody(caller)
      const response = await caller.post(path, body)
      if (response.statusCode !== 201) throw new Error(`POST ${path} failed: ${response.payload}`)
      const { id } = response.json<{ id: number }>()
      return { id, url: `${path}${id}`, body, etag: String(response.headers.etag) }
    },

    /** Returns one slice of the list: its records, their ids and the cursor of the next slice. */
    async slice(query: string) {
      const response = (await client.get(`${path}?${query}`)).json<Record<string, unknown>>()
      const records = response[list] as { id: number }[]
      return { records, ids: records.map(({ id }) => id), next: response.next as number | null }
    },

    /** Returns the text of the whole list, to show that nothing changed. */
    everything: async () => (await client.get(`${path}?limit=1000`)).payload
  }
}

/** Every kind of request for a resource and one of its records. Bodies are sent by the methods that take one. */
export function allRequests(path: string, url: string, body: Fields, changes: Fields) {
  return [
    ['GET', path],
    ['HEAD', path],
    ['POST', path, body],
    ['GET', url],
    ['HEAD', url],
    ['PUT', url, changes],
    ['PATCH', url, changes],
    ['DELETE', url]
  ] as const
}

/** Every kind of request for one record. */
export function recordRequests(url: string, changes: Fields) {
  return allRequests('', url, {}, changes).filter(([, path]) => path === url)
}

/** Sends one request of the lists above. */
export function send(caller: Caller, [method, url, payload]: ReturnType<typeof allRequests>[number]) {
  return caller.call(method, url, payload)
}
