// Who is signed in on this page. Tokens are stored only here: a reload forgets them.

/** How long before its expiry an access token is refreshed, in milliseconds. */
const EARLY = 2_000

/** `ends`: when the access token expires, by the clock of this browser, which can differ from the server's. */
export const tokens = { access: '', refresh: '', ends: 0 }

const signIn = document.querySelector('#sign-in')
const signOut = document.querySelector('#sign-out')
const message = document.querySelector('#message')

/** Makes the forms work. Until then they are hidden, because without this code the browser would send them itself. */
export function startSession() {
  signIn.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { username, password } = Object.fromEntries(new FormData(signIn))
    const { ok, body } = await call('POST', '/api/auth/', undefined, { username, password })
    if (ok) keep(body, username)
  })
  signOut.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { ok, status } = await call('DELETE', '/api/auth/', tokens.refresh)
    if (ok || status === 401) forget()
  })
  signIn.hidden = false
}

/** Returns the token for a call of this kind: `accessToken` or `refreshToken`. Refreshes an access token that expires soon. */
export async function liveToken(kind) {
  if (kind === 'refreshToken') return tokens.refresh
  if (kind !== 'accessToken') return ''
  if (tokens.access === '' || Date.now() < tokens.ends - EARLY) return tokens.access
  const { ok, status, body } = await call('GET', '/api/auth/', tokens.refresh)
  if (ok) keep(body)
  else if (status === 401) forget()
  return tokens.access
}

/** A call that was tried on the page can change who is signed in. */
export function learn(path, body) {
  if (!path.startsWith('/api/auth/')) return
  const { access_token, refresh_token, msg } = body
  if (refresh_token) keep(body, signOut.hidden ? 'the account that signed in below' : undefined)
  else if (access_token && tokens.refresh) keep({ access_token })
  else if (msg) forget()
}

export function keep(pair, username) {
  tokens.access = pair.access_token
  tokens.refresh = pair.refresh_token ?? tokens.refresh
  const { iat, exp } = claimsOf(tokens.access)
  tokens.ends = Date.now() + (exp - iat) * 1000
  if (username) signOut.querySelector('strong').textContent = username
  signIn.reset()
  signIn.hidden = true
  signOut.hidden = false
}

function forget() {
  Object.assign(tokens, { access: '', refresh: '', ends: 0 })
  signIn.hidden = false
  signOut.hidden = true
}

function claimsOf(token) {
  const [, payload] = token.split('.')
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
}

/** Calls the API and returns whether it succeeded, its status and body. Shows an error on the page. */
async function call(method, path, token, body) {
  message.textContent = ''
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' })
  }
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: 'omit' })
    const json = await response.json()
    if (!response.ok) message.textContent = json.message
    return { ok: response.ok, status: response.status, body: json }
  } catch {
    message.textContent = 'The server cannot be reached, or sent something unexpected.'
    return { ok: false, status: 0, body: {} }
  }
}
