// Sends one long series of requests to a server and prints a line per response, without what differs from run to run. The
// engine and the empty database are those of DATABASE_URL. The lines can be compared between engines, byte for byte.

import { randomBytes } from 'node:crypto'
import { loadConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { logRows, signInAs } from './app.ts'
import { buildWithResources } from './resources.ts'
import { createClient, print } from './story/client.ts'
import { deletions, protocol, tokens } from './story/protocol.ts'
import { references, slices, versions } from './story/records.ts'
import { datesAndInstants, missingRecords, numbersAndFlags, texts } from './story/values.ts'

const secret = () => randomBytes(32).toString('hex')
const config = loadConfig({ ...process.env, SECRET_KEY: secret(), JWT_SECRET_KEY: secret() })
const app = await buildWithResources(config, { loggerInstance: createLogger('silent') })

const user = await signInAs(app, await app.accounts.add({ username: 'Zoë 李', roles: ['user'] }))
const admin = await signInAs(app, await app.accounts.add({ username: 'admin', roles: ['admin'] }))
const client = createClient(app, user.access_token)

await missingRecords(client)
await texts(client)
await datesAndInstants(client)
await numbersAndFlags(client)
await slices(client)
await references(client)
await versions(client)
await tokens(client, user, admin)
await protocol(client)
await deletions(client, user)

for (const { username, method, path, status } of await logRows(app.db)) {
  print(`row ${JSON.stringify(username)} ${method} ${path} ${status}`)
}
await app.close()
