// One operation: what it takes, what it answers, and a form that tries it.

import { commandBlock, curlCommand } from '/docs/curl.js'
import { element, json, prose, withCode } from '/docs/elements.js'
import { learn, liveToken } from '/docs/session.js'

/**
 * Returns an operation as an element that opens. What it holds is made when it is first opened: an API can have hundreds.
 * `resolve` returns what a $ref of the document refers to.
 */
export function showOperation(method, path, operation, resolve) {
  const summary = element(
    'summary',
    {},
    element('span', { class: `method ${method}` }, method.toUpperCase()),
    ' ',
    element('code', {}, path),
    ' ',
    element('span', { class: 'what' }, operation.summary ?? '')
  )
  const details = element('details', { class: 'operation', id: operation.operationId }, summary)
  const fill = () => details.append(...contents(method, path, operation, resolve))
  details.addEventListener('toggle', fill, { once: true })
  return details
}

function contents(method, path, operation, resolve) {
  return [
    ...prose(operation.description),
    tryForm(method, path, operation, (operation.parameters ?? []).map(resolve)),
    element('h3', {}, 'Responses'),
    ...Object.entries(operation.responses).map(([status, response]) => showResponse(status, resolve(response)))
  ]
}

function tryForm(method, path, operation, parameters) {
  const id = operation.operationId
  const { schema, example } = operation.requestBody?.content['application/json'] ?? {}
  const [kind] = Object.keys(operation.security?.[0] ?? {})
  const answer = element('div', { class: 'answer' })
  const { block, show } = commandBlock(id)
  const form = element(
    'form',
    { 'aria-label': `Try ${id}` },
    ...parameters.map((parameter) => parameterField(id, parameter)),
    schema && bodyField(id, schema, example),
    element('button', { type: 'submit' }, 'Send'),
    block,
    answer
  )
  const showCommand = () => show(curlCommand(requestOf(form, method, path, parameters), kind))
  form.addEventListener('input', showCommand)
  showCommand()
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    answer.replaceChildren(element('p', { role: 'status' }, 'Waiting for the response …'))
    answer.replaceChildren(...(await send(requestOf(form, method, path, parameters), kind)))
  })
  return form
}

function parameterField(id, { name, in: place, required = false, description = '', example }) {
  const field = `${id}-${place}-${name}`
  // Only what the server requires is filled in. An example of an optional filter would hide records.
  const value = required && example !== undefined ? String(example) : ''
  return element(
    'div',
    { class: 'field' },
    element(
      'label',
      { for: field },
      name,
      element('span', { class: 'place' }, ` ${place}${required ? '' : ', optional'}`)
    ),
    description && element('p', { class: 'hint', id: `${field}-hint` }, ...withCode(description)),
    element('input', {
      id: field,
      name: `${place} ${name}`,
      value,
      required,
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-describedby': description !== '' && `${field}-hint`
    })
  )
}

function bodyField(id, schema, example) {
  const text = example === undefined ? '' : JSON.stringify(example, null, 2)
  const rows = String(Math.min(20, text.split('\n').length + 1))
  const field = element('textarea', { id: `${id}-body`, name: 'body', rows, spellcheck: 'false' }, text)
  return element(
    'div',
    { class: 'field' },
    element('label', { for: `${id}-body` }, 'Body', element('span', { class: 'place' }, ' JSON')),
    schemaLink(schema),
    field
  )
}

function showResponse(status, { description, content = {}, headers = {} }) {
  const { schema, example, examples = {} } = content['application/json'] ?? {}
  const shown = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)]
  return element(
    'div',
    { class: 'response' },
    element('p', {}, element('strong', {}, status), ' ', ...withCode(description)),
    Object.keys(headers).length > 0 && element('p', { class: 'hint' }, `Headers: ${Object.keys(headers).join(', ')}`),
    schemaLink(schema),
    shown.length > 0 &&
      element('details', {}, element('summary', {}, shown.length === 1 ? 'Example' : 'Examples'), ...shown.map(json))
  )
}

function schemaLink(schema) {
  const name = schema?.$ref?.split('/').at(-1)
  return name && element('p', { class: 'hint' }, 'Schema: ', element('a', { href: `#schema-${name}` }, name))
}

/** Returns the request that a form describes. */
function requestOf(form, method, path, parameters) {
  const fields = Object.fromEntries(new FormData(form))
  const [query, headers] = [new URLSearchParams(), {}]
  let address = path
  for (const { name, in: place } of parameters) {
    const value = fields[`${place} ${name}`]
    if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(value))
    else if (value !== '' && place === 'query') query.set(name, value)
    else if (value !== '' && place === 'header') headers[name] = value
  }
  if (fields.body !== undefined) headers['content-type'] = 'application/json'
  const url = query.size === 0 ? address : `${address}?${query}`
  return { method: method.toUpperCase(), address, url, headers, body: fields.body }
}

/** Sends a request with the token of this kind, and returns the response as elements. */
async function send({ method, address, url, headers, body: sent }, kind) {
  const token = await liveToken(kind)
  if (token) headers.authorization = `Bearer ${token}`
  const began = performance.now()
  try {
    const response = await fetch(url, { method, headers, body: sent, credentials: 'omit' })
    const text = await response.text()
    const time = Math.round(performance.now() - began)
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    const body = isJson ? JSON.parse(text) : undefined
    if (response.ok && body) learn(address, body)
    const status = element('strong', { class: 'status' }, String(response.status))
    return [
      element('p', { role: 'status' }, status, ` after ${time} ms: ${method} ${url}`),
      body === undefined ? element('pre', {}, text || 'No body.') : json(body)
    ]
  } catch {
    return [element('p', { role: 'status' }, 'The server cannot be reached.')]
  }
}
