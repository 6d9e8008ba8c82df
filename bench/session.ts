// What the load needs from a server: tokens, the cookie of a session, and the responses that the bare server imitates.

import type { Accounts } from './seed.ts'

/** As many tokens are used as there are connections in most works. */
const TOKENS = 32

export interface Session {
  /** The account with the role user, as a login sends it. */
  login: string
  tokens: { access_token: string; refresh_token: string }[]
  /** The Cookie header of an administrator. */
  cookie: string
}

/** The responses that the bare server sends. */
export interface Samples {
  patient: object
  lists: Record<number, object>
  tokens: object
  page: string
}

/** Logs in at a server, 32 times as a client and once as an administrator. */
export async function openSession(url: string, { user, admin }: Accounts): Promise<Session> {
  const login = JSON.stringify({ username: user.username, password: user.password })
  const session: Session = { login, tokens: [], cookie: await signIn(url, admin) }
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: login }
  while (session.tokens.length < TOKENS) {
    session.tokens.push((await (await succeed(`${url}/api/auth/`, options)).json()) as Session['tokens'][number])
  }
  return session
}

/** Returns one response of each kind. `limits` are those of the lists. */
export async function collectSamples(url: string, session: Session, limits: number[]): Promise<Samples> {
  const [tokens] = session.tokens
  if (!tokens) throw new Error('no tokens')
  const json = async (path: string) => {
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    return (await (await succeed(`${url}${path}`, { headers })).json()) as object
  }
  const lists: Samples['lists'] = {}
  for (const limit of limits) lists[limit] = await json(`/api/patient/?limit=${limit}`)
  const page = await (await succeed(`${url}/`, { headers: { cookie: session.cookie } })).text()
  return { patient: await json('/api/patient/1'), lists, tokens, page }
}

async function signIn(url: string, { username, password }: Accounts['admin']): Promise<string> {
  const form = await succeed(`${url}/login`)
  const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(await form.text()) ?? []
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { cookie: cookiesOf(form), origin: url },
    body: new URLSearchParams({ _csrf, username, password }),
    redirect: 'manual'
  })
  if (response.status !== 302) throw new Error(`Signing in answered ${response.status}: ${await response.text()}`)
  return cookiesOf(response)
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.replace(/;.*/, ''))
    .join('; ')
}

async function succeed(url: string, options?: RequestInit): Promise<Response> {
  const response = await fetch(url, options)
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response
}
