// The client of the story. It sends requests and prints each response as one line, without what differs from run to run.

import type { FastifyInstance, InjectOptions } from 'fastify'

type Method = NonNullable<InjectOptions['method']>
type Headers = Record<string, string>

export type Client = ReturnType<typeof createClient>

const PRINTED_HEADERS = [
  ...['content-type', 'etag', 'location', 'allow', 'www-authenticate', 'retry-after', 'content-length']
]

/** Returns functions that send a request with this token, unless its headers have another, and print the response. */
export function createClient(app: FastifyInstance, token: string) {
  async function sendText(method: Method, url: string, payload?: string, headers: Headers = {}) {
    const response = await app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${token}`,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(payload !== undefined && { payload })
    })
    const body = JSON.stringify(response.payload)
      .replace(/[\w-]+\.[\w-]{20,}\.[\w-]{43}/g, '<token>')
      .replace(/(?<="requestId\\":\\")[^"\\]+/g, '<id>')
    const lengthVaries = body.includes('<token>')
    const values = PRINTED_HEADERS.map((name) =>
      name === 'content-length' && lengthVaries ? '*' : String(response.headers[name] ?? '-')
    )
    print([method, url.slice(0, 120), response.statusCode, ...values, body].join(' | '))
    return response
  }

  return {
    sendText,
    send: (method: Method, url: string, body?: unknown, headers?: Headers) =>
      sendText(method, url, body === undefined ? undefined : JSON.stringify(body), headers)
  }
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
