// Whose name a row has.

import t from 'tap'
import { build, execute, logRows } from '../support/app.ts'

t.test('a row keeps the name that the account had at the time of the request [E11]', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  const names = async () => (await logRows(db)).filter((row) => row.path === '/api/sample/').map((row) => row.username)
  await user.get('/api/sample/')
  await execute(db, `update "user" set username = 'renamed' where id = ${user.id}`)
  await user.get('/api/sample/')
  t.strictSame(await names(), [user.username, 'renamed'])
  await execute(db, `delete from "user" where id = ${user.id}`)
  t.equal((await user.get('/api/sample/')).statusCode, 401)
  t.strictSame(await names(), [user.username, 'renamed', 'Anonymous'])
})

t.test("a login is logged with the account's name, and a failed login as Anonymous [E12]", async (t) => {
  const { app, db, log, signIn } = await build(t)
  const user = await signIn('user')
  const login = async (username: string, password: string) => {
    await app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })
    const row = (await logRows(db)).at(-1)
    return [row?.username, row?.status]
  }
  const failures = () => log().match(/"event":"login failed"/g)?.length ?? 0
  t.strictSame(await login(user.username, user.password), [user.username, 200])
  t.strictSame(await login(user.username.toUpperCase(), user.password), [user.username, 200])
  t.equal(failures(), 0)
  t.strictSame(await login(user.username, 'not the password'), ['Anonymous', 401])
  t.equal(failures(), 1, 'the process log has the event')
  t.strictSame(await login('typed-in-the-wrong-field', 'not the password'), ['Anonymous', 401])
  t.equal(failures(), 2)
  t.notMatch(JSON.stringify(await logRows(db)) + log(), /typed-in-the-wrong-field/)
})
