// Shows the document with Swagger UI, and keeps it signed in: calls that are tried carry the token their operation asks
// for, and an access token that is about to expire is refreshed before. Tokens live in this page only, until it is left.

const signIn = document.querySelector('#sign-in')
const signOut = document.querySelector('#sign-out')
const said = document.querySelector('#said')

/** How long before its end an access token is refreshed, in milliseconds. */
const EARLY = 2_000

let accessToken = ''
let refreshToken = ''
/** When the access token ends by the clock of this browser, which need not be the server's. */
let accessEnds = 0

signIn.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(signIn))
  const { ok, body } = await call('POST', '/api/auth/', undefined, { username, password })
  if (ok) keep(body, username)
})

signOut.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { ok, status } = await call('DELETE', '/api/auth/', refreshToken)
  if (ok || status === 401) forget()
})

const ui = globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#operations',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: withLiveToken,
  responseInterceptor: learn
})
// Not before all of the above is there: a browser would send the form by itself.
signIn.hidden = false

function keep(tokens, username) {
  accessToken = tokens.access_token
  refreshToken = tokens.refresh_token ?? refreshToken
  const { iat, exp } = claimsOf(accessToken)
  accessEnds = Date.now() + (exp - iat) * 1000
  ui.preauthorizeApiKey('accessToken', accessToken)
  ui.preauthorizeApiKey('refreshToken', refreshToken)
  if (username) signOut.querySelector('strong').textContent = username
  signIn.reset()
  signIn.hidden = true
  signOut.hidden = false
}

function forget() {
  accessToken = refreshToken = ''
  ui.authActions.logout(['accessToken', 'refreshToken'])
  signIn.hidden = false
  signOut.hidden = true
}

async function withLiveToken(request) {
  const isOurs = accessToken !== '' && request.headers?.Authorization === `Bearer ${accessToken}`
  if (!isOurs || Date.now() < accessEnds - EARLY) return request
  const { ok, status, body } = await call('GET', '/api/auth/', refreshToken)
  if (ok) {
    keep(body)
    request.headers.Authorization = `Bearer ${accessToken}`
  } else if (status === 401) forget()
  return request
}

// What is tried on the page can change who is signed in on it.
function learn(response) {
  const { pathname } = new URL(response.url)
  if (!response.ok || !pathname.startsWith('/api/auth/')) return response
  const { access_token, refresh_token, msg } = response.body ?? response.obj ?? {}
  if (refresh_token) keep(response.body ?? response.obj, signOut.hidden ? 'whoever logged in below' : undefined)
  else if (access_token && refreshToken) keep({ access_token })
  else if (msg) forget()
  return response
}

function claimsOf(token) {
  const [, payload] = token.split('.')
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
}

/** Whether it went well, with the status and the body; what went wrong is said on the page. */
async function call(method, path, token, body) {
  said.textContent = ''
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' })
  }
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) })
    const answer = await response.json()
    if (!response.ok) said.textContent = answer.message
    return { ok: response.ok, status: response.status, body: answer }
  } catch {
    said.textContent = 'The server does not answer as it should.'
    return { ok: false, status: 0, body: {} }
  }
}
