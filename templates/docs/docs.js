// Shows the document with Swagger UI, and keeps it signed in: calls that are tried carry the token their operation asks
// for, and an access token that is about to expire is refreshed before. Tokens live in this page only, until it is left.

const signIn = document.querySelector('#sign-in')
const signOut = document.querySelector('#sign-out')
const said = document.querySelector('#said')

let accessToken = ''
let refreshToken = ''

const ui = globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#operations',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: withLiveToken
})

signIn.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(signIn))
  const answer = await call('POST', '/api/auth/', undefined, { username, password })
  if (!answer.access_token) return
  keep(answer)
  signOut.querySelector('strong').textContent = username
  signIn.reset()
  show(signOut)
})

signOut.addEventListener('submit', async (event) => {
  event.preventDefault()
  await call('DELETE', '/api/auth/', refreshToken)
  keep({ access_token: '', refresh_token: '' })
  show(signIn)
})

function show(form) {
  signIn.hidden = form !== signIn
  signOut.hidden = form !== signOut
}

function keep(tokens) {
  accessToken = tokens.access_token
  refreshToken = tokens.refresh_token ?? refreshToken
  if (!accessToken) return ui.authActions.logout(['accessToken', 'refreshToken'])
  ui.preauthorizeApiKey('accessToken', accessToken)
  ui.preauthorizeApiKey('refreshToken', refreshToken)
}

async function withLiveToken(request) {
  if (accessToken && request.headers?.Authorization === `Bearer ${accessToken}` && expiresWithin(accessToken, 2_000)) {
    const answer = await call('GET', '/api/auth/', refreshToken)
    if (answer.access_token) {
      keep(answer)
      request.headers.Authorization = `Bearer ${accessToken}`
    }
  }
  return request
}

function expiresWithin(token, milliseconds) {
  const [, payload] = token.split('.')
  const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
  return exp * 1000 < Date.now() + milliseconds
}

/** The answer's body; what went wrong is said on the page. */
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
    return answer
  } catch {
    said.textContent = 'The server does not answer.'
    return {}
  }
}
