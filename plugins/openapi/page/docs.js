// Shows the OpenAPI document with Swagger UI and keeps it logged in: every call that is tried sends the token that its
// operation needs, and an access token that is about to expire is refreshed first. Tokens are stored only in this page.

const signIn = document.querySelector('#sign-in')
const signOut = document.querySelector('#sign-out')
const message = document.querySelector('#message')

/** How long before its expiry an access token is refreshed, in milliseconds. */
const EARLY = 2_000

let accessToken = ''
let refreshToken = ''
/** When the access token expires, by the clock of this browser, which can differ from the server's. */
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
// Only now, because without the code above the browser would send the form itself.
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

// A call that is tried on the page can change who is logged in.
function learn(response) {
  const { pathname } = new URL(response.url)
  if (pathname === '/openapi.json') response.text = forThisPage(response.text)
  if (!response.ok || !pathname.startsWith('/api/auth/')) return response
  const { access_token, refresh_token, msg } = response.body ?? response.obj ?? {}
  if (refresh_token)
    keep(response.body ?? response.obj, signOut.hidden ? 'the account that logged in below' : undefined)
  else if (access_token && refreshToken) keep({ access_token })
  else if (msg) forget()
  return response
}

// The document names the address of the demo, and has examples of all parameters, for other programs. Here calls go to this
// server, and the fields of parameters that are not required are empty.
function forThisPage(text) {
  const spec = JSON.parse(text)
  spec.servers = [{ url: '/' }]
  const operations = Object.values(spec.paths).flatMap((path) => Object.values(path))
  for (const parameter of operations.flatMap(({ parameters = [] }) => parameters)) {
    if (!parameter.required) delete parameter.example
  }
  return JSON.stringify(spec)
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
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) })
    const json = await response.json()
    if (!response.ok) message.textContent = json.message
    return { ok: response.ok, status: response.status, body: json }
  } catch {
    message.textContent = 'The server cannot be reached, or sent something unexpected.'
    return { ok: false, status: 0, body: {} }
  }
}
