// The chapters of the story about records: slices, references and versions.

import type { Client } from './client.ts'
import { PART, RESOURCES } from './values.ts'

/** Slices of lists, and a filter. */
export async function slices({ send }: Client) {
  const queries = ['limit=2', 'limit=2&after=2', 'limit=1000', 'after=2147483647', 'limit=3&after=1']
  const invalid = [
    'limit=0',
    'limit=1001',
    'limit=1e9',
    'limit=-1',
    'limit=',
    'limit=1&limit=2',
    'after=x',
    'after=0',
    'after[]=1',
    'page=2'
  ]
  for (const list of RESOURCES)
    for (const query of [...queries, ...invalid]) await send('GET', `/api/${list}/?${query}`)
  for (const id of ['1', '3', '2147483647', '2147483648', "'%20OR%201=1--", '%25', '', '%00', 'null']) {
    await send('GET', `/api/part/?sample_id=${id}`)
  }
  await send('GET', '/api/part/?sample_id=3&after=1&limit=1')
}

/** References to records that exist and that do not, and the deletion of records in use. */
export async function references({ send }: Client) {
  await send('POST', '/api/part/', { ...PART, sample_id: 99 })
  await send('PUT', '/api/part/1', { sample_id: 99 })
  await send('PATCH', '/api/part/1', { sample_id: 2147483647, amount: 2 })
  for (const sample_id of [0, -1, 1.5, 2147483648, 1e20, '1', null, true, [1]]) {
    await send('PUT', '/api/part/1', { sample_id })
  }
  await send('DELETE', '/api/sample/1')
  await send('DELETE', '/api/sample/3')
  await send('DELETE', '/api/sample/2')
  await send('GET', '/api/sample/')
}

/** Writes with If-Match. */
export async function versions({ send }: Client) {
  for (const path of RESOURCES) {
    const url = `/api/${path}/1`
    const change = path === 'part' ? { amount: 7, seen_at: '2025-01-01T00:00:00' } : { name: 'V' }
    const { etag } = (await send('GET', url)).headers
    for (const tag of [
      '"99"',
      'W/"1"',
      'x',
      '',
      '""',
      '"0"',
      `"${'9'.repeat(30)}"`,
      `"98", ${etag}`,
      String(etag),
      '*'
    ]) {
      await send('PUT', url, change, { 'if-match': tag })
    }
    await send('DELETE', url, undefined, { 'if-match': '"1"' })
    await send('DELETE', `/api/${path}/99`, undefined, { 'if-match': '*' })
  }
}
