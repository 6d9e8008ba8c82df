// A request as a command for a shell. It names the token as a variable, so that it can be copied without giving access.

import { element } from '/docs/elements.js'

const VARIABLES = { accessToken: '$ACCESS_TOKEN', refreshToken: '$REFRESH_TOKEN' }

/** Returns the request as one curl command on several lines. `kind` is that of the token that it needs, if it needs one. */
export function curlCommand({ method, url, headers, body }, kind) {
  const parts = [`curl --request ${method} ${quote(new URL(url, location.origin).href)}`]
  if (kind in VARIABLES) parts.push(`--header "Authorization: Bearer ${VARIABLES[kind]}"`)
  for (const [name, value] of Object.entries(headers)) parts.push(`--header ${quote(`${name}: ${value}`)}`)
  // Not --data, which would read a file if the body began with @.
  if (body !== undefined) parts.push(`--data-raw ${quote(body)}`)
  return parts.join(' \\\n  ')
}

/** Returns a text for a POSIX shell, in which nothing of it has a meaning. */
function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Returns the element that shows a command; `show` changes it. */
export function commandBlock(id) {
  const label = element('p', { class: 'hint', id: `${id}-curl` }, 'The same with curl')
  const text = element('pre', { class: 'curl', 'aria-labelledby': `${id}-curl`, role: 'group' })
  const block = element('div', { class: 'field' }, label, text)
  return { block, show: (command) => text.replaceChildren(command) }
}
