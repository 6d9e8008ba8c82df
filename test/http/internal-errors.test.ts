// An error inside the server reveals nothing to the client. The process log has the details.

import t from 'tap'
import { build, engine, execute } from '../support/app.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

interface LogLine {
  level: number
  reqId?: string
  err: { code?: string; stack: string[] }
}

t.test('a 500 response has a fixed text and a request id, and the process log has the cause [G1, T9]', async (t) => {
  const { app, db, log, signIn } = await build(t)
  const user = await signIn('user')
  await execute(db, 'alter table sample rename to sample_away')

  const responses = [
    await user.get('/api/sample/'),
    await user.get('/api/sample/1'),
    await user.post('/api/sample/', { name: 'Weight' }),
    await user.put('/api/sample/1', { name: 'Weight' }),
    await user.delete('/api/sample/1')
  ]
  for (const response of responses) {
    const requestId = String(response.headers['x-request-id'])
    t.equal(response.statusCode, 500)
    t.strictSame(response.json(), {
      statusCode: 500,
      error: 'Internal Server Error',
      message: 'Something went wrong on our side',
      code: 'INTERNAL_ERROR',
      requestId
    })
    t.match(requestId, UUID)
    t.notMatch(JSON.stringify(response.headers), /sample_away|select|sqlite|postgres|node_modules|\.ts\b/i)
    const line = logLines(log()).find((entry) => entry.reqId === requestId && entry.level === 50)
    t.ok(line, 'the process log has the error under the same id')
    t.equal(line?.err.code, engine === 'sqlite' ? 'SQLITE_ERROR' : '42P01', "with the driver's code")
    t.ok(line?.err.stack.length, 'and the stack')
  }
  t.equal((await app.inject('/health/ready')).statusCode, 200, 'other routes still work')
})

function logLines(text: string): LogLine[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}
