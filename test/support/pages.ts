// A browser without a screen: it keeps cookies, finds the forms of a page, and submits them.

import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'

export type Fields = Record<string, string | string[]>

export interface Form {
  action: string
  method: string
  /** The names and values of its fields; of boxes, only the checked ones. */
  fields: Fields
  /** The texts of its buttons. */
  button: string
}

export type Visitor = ReturnType<typeof visitor>

/** Opens a browser without cookies. It sends `headers` with each request. */
export function visitor(app: FastifyInstance, headers: Record<string, string> = {}) {
  const cookies = new Map<string, string>()

  async function send(
    method: InjectOptions['method'],
    url: string,
    fields?: Fields,
    more: Record<string, string> = {}
  ) {
    const response = await app.inject({
      method,
      url,
      headers: {
        ...headers,
        ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(fields && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...more
      },
      ...(fields && { payload: encode(fields) })
    })
    for (const { name, value } of response.cookies as { name: string; value: string }[]) {
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }

  /** Opens a page and returns its form with this action. Throws if there is none. */
  async function form(page: string, action: string): Promise<Form> {
    const response = await send('GET', page)
    const found = forms(response.payload).find((one) => one.action === action)
    if (!found) throw new Error(`${page} (${response.statusCode}) has no form for ${action}`)
    return found
  }

  /** Opens a page and submits its form with this action, with these fields changed. */
  async function submit(page: string, action: string, fields: Fields = {}): Promise<LightMyRequestResponse> {
    const found = await form(page, action)
    return await send('POST', action, { ...found.fields, ...fields })
  }

  return {
    cookies,
    send,
    form,
    submit,
    get: (url: string, more?: Record<string, string>) => send('GET', url, undefined, more),
    /** Signs in with the form. Throws if the server refuses. */
    async signIn({ username, password }: { username: string; password: string }): Promise<void> {
      const response = await submit('/login', '/login', { username, password })
      if (response.statusCode !== 302) {
        throw new Error(`sign-in failed: ${response.statusCode} ${text(response.payload)}`)
      }
    }
  }
}

/** Returns the forms of a page. */
export function forms(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, attributes = '', body = '']) => {
    const fields: Fields = {}
    for (const [, input = ''] of body.matchAll(/<input\b([^>]*)>/g)) {
      const name = attribute(input, 'name')
      if (!name || (attribute(input, 'type') === 'checkbox' && !/\schecked\b/.test(input))) continue
      const value = attribute(input, 'value') ?? 'on'
      fields[name] = name in fields ? [fields[name] ?? '', value].flat() : value
    }
    const buttons = [...body.matchAll(/<button\b[^>]*>(.*?)<\/button>/gs)].map(([, label = '']) => text(label))
    const method = attribute(attributes, 'method') ?? 'get'
    return { action: attribute(attributes, 'action') ?? '', method, fields, button: buttons.join(' ') }
  })
}

/** Returns the text that a page shows, without markup and with single spaces. */
export function text(html: string): string {
  return decodeEntities(html.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : decodeEntities(value)
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'", '#92': '\\', '#96': '`' }

function decodeEntities(html: string): string {
  return html.replace(/&(#?\w+);/g, (entity, name) => ENTITIES[name] ?? entity)
}

function encode(fields: Fields): string {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))
  ).toString()
}
