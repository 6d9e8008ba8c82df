// Requests and values that tests of resources share.

import type { FastifyInstance } from 'fastify'
import type { Caller } from '../app.ts'
import type { Fields } from '../resource-contract.ts'

/** A valid id that no record of a test has. */
export const UNKNOWN_ID = 2 ** 31 - 1

/** Texts in a URL that are no id. */
export const INVALID_IDS = [
  ...['0', '-1', '-0', '+1', '1.5', '1.0', '1e3', '1E3', '0x10', '0b1', '01', '1_0', '1,0', '1;x', '%201', '1%20'],
  ...[2 ** 31, 2n ** 32n + 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n + 1n].map(String),
  ...['1e20', '100000000000000000000', 'NaN', 'Infinity', 'null', 'undefined', 'x', '[1]'],
  ...['%00', '1%00', '%ED%A0%80', '%EF%BC%91', "1'--"]
]

/** Texts that would be SQL or a pattern if a query did not bind its parameters. */
export const HOSTILE_TEXTS = ["' OR 1=1--", '1 OR 1=1', '1;DROP TABLE sample', '%', '_', '\\', '%'.repeat(5_000)]

/** JSON values that are no number. */
export const NO_NUMBERS = ['null', 'true', 'false', '""', '"5"', '[5]', '[]', '{}', '"0x10"', '"NaN"']

interface Response {
  statusCode: number
  json<Body>(): Body
}

/** Returns the names of the fields that an error lists, sorted. */
export function invalidFields(response: Response): string[] | undefined {
  const { details } = response.json<{ details?: { field: string }[] }>()
  return details?.map(({ field }) => field).sort()
}

/** As many as a test server has connections. Many more could be rejected with 503 when the machine is busy. */
const AT_ONCE = 4

/** Runs an action for each item, a few at a time, and returns the results in order. */
export async function mapInBatches<Item, Result>(
  items: readonly Item[],
  action: (item: Item) => Promise<Result>
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(action))))
  }
  return results
}

/** Sends every input and returns those whose response has another status, with that status. */
export async function unexpected<Input>(
  status: number,
  inputs: readonly Input[],
  send: (input: Input) => Promise<{ statusCode: number }>
): Promise<{ input: Input; status: number }[]> {
  const sent = await mapInBatches(inputs, async (input) => ({ input, status: (await send(input)).statusCode }))
  return sent.filter((one) => one.status !== status)
}

/** Returns the JSON of a body in which one field has this JSON, for values that JSON.stringify does not write. */
export function withJson(body: Fields, field: string, json: string): string {
  const others = Object.entries(body).filter(([name]) => name !== field)
  const written = others.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{${[...written, `${JSON.stringify(field)}:${json}`].join()}}`
}

/** Returns a function that sends a text as the JSON body of a request. */
export function jsonSender(app: FastifyInstance, { access_token }: Pick<Caller, 'access_token'>) {
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  return (method: 'POST' | 'PUT' | 'PATCH', url: string, payload: string) =>
    app.inject({ method, url, headers, payload })
}

/** Returns the fields without one of them. */
export function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

/** Returns some of the fields. */
export function chosen(fields: Fields, names: string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields[name]]))
}
