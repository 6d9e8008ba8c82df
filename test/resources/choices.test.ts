// Fields that take one of a few values, or an address: which are accepted, and what the response says about others.

import t from 'tap'
import { build } from '../support/app.ts'

t.test(
  'a value that is none of a choice is rejected, and the response names the field and lists the values',
  async (t) => {
    const { signIn } = await build(t)
    const user = await signIn('user')
    const body = { title: 'Lamp', contact: 'ada@example.org', author_id: user.id }
    const { id } = (await user.post('/api/ticket/', body)).json<{ id: number }>()
    const details = [{ field: 'status', message: 'must be one of open, started, closed' }]
    for (const status of ['lost', 'Open', '', 5, null, ['open']]) {
      for (const response of [
        await user.post('/api/ticket/', { ...body, status }),
        await user.put(`/api/ticket/${id}`, { status }),
        await user.patch(`/api/ticket/${id}`, { status })
      ]) {
        t.equal(response.statusCode, 400)
        t.strictSame(response.json().details, details)
      }
    }
    t.match((await user.get(`/api/ticket/${id}`)).json(), { status: 'open', priority: 3 })
  }
)

t.test('an address of a mailbox or a page is stored as it was sent, and other texts are rejected', async (t) => {
  const { signIn } = await build(t)
  const user = await signIn('user')
  const body = { title: 'Lamp', contact: 'ada@example.org', author_id: user.id }
  const { id } = (await user.post('/api/ticket/', body)).json<{ id: number }>()
  const change = async (field: string, value: string) => await user.put(`/api/ticket/${id}`, { [field]: value })
  for (const contact of ['a@b.example', 'Ada.L+x@Sub.example.org', "o'neil@example.org"]) {
    t.match((await change('contact', contact)).json(), { contact })
  }
  for (const link of ['http://example.org', 'https://example.org:8080/a%20b?c=d#e', 'HTTPS://EXAMPLE.ORG/']) {
    t.match((await change('link', link)).json(), { link })
  }
  const noMailboxes = [
    '@example.org',
    'ada@',
    'ada@host',
    'ada@.org',
    'a b@example.org',
    'ada@example.org\n',
    'ä@example.org'
  ]
  for (const contact of [...noMailboxes, `${'a'.repeat(65)}@example.org`, `ada@${'a.'.repeat(130)}org`]) {
    t.equal((await change('contact', contact)).json().details?.[0].field, 'contact', contact)
  }
  const noPages = [
    'javascript:alert(1)',
    'ftp://example.org',
    '//example.org',
    'https://',
    'https://a b',
    ' https://a.example'
  ]
  for (const link of [...noPages, 'https://example.org/\t', `https://example.org/${'a'.repeat(2000)}`]) {
    t.equal((await change('link', link)).json().details?.[0].field, 'link', link)
  }
})
