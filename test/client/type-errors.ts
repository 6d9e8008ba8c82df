// Calls that the typed client must not allow. Nothing runs this file: tsc checks it, because a @ts-expect-error above a line
// without an error is an error itself.

import { answerOf, type Client, createClient } from '../../client/index.ts'

export async function doesNotCompile(client: Client) {
  // @ts-expect-error the path does not exist
  await client.GET('/api/auth/nobody')
  // @ts-expect-error the path does not have this method
  await client.PUT('/api/auth/')
  // @ts-expect-error the body is missing
  await client.POST('/api/auth/')
  // @ts-expect-error a required field is missing
  await client.POST('/api/auth/', { body: { username: 'ada' } })
  // @ts-expect-error a field has the wrong type
  await client.POST('/api/auth/', { body: { username: 'ada', password: 1 } })
  // @ts-expect-error the operation does not have this field
  await client.POST('/api/auth/', { body: { username: 'ada', password: 'a', role: 'admin' } })
  // @ts-expect-error the operation has no query
  await client.GET('/health/live', { params: { query: { limit: 1 } } })
  // @ts-expect-error the response does not have this field
  void (await answerOf(client.GET('/health/live'))).version
  // @ts-expect-error the field never has this value
  void ((await answerOf(client.GET('/health/live'))).status === 'bad')
  // @ts-expect-error the call may have failed, and then has no data
  void (await client.GET('/health/live')).data.status
  // @ts-expect-error the password is missing
  await client.login('ada')
  // @ts-expect-error the path is not that of a list
  void client.list('/health/live')
  // @ts-expect-error a store must take tokens as well
  createClient('', { store: { get: () => undefined } })
  // @ts-expect-error the time is a number
  createClient('', { timeout: '5s' })
}
