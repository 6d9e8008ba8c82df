// The records of a subject, and who has had access to them, as one file.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { logRows } from '../support/app.ts'
import { addSample, buildWithCommand } from './subject-command.ts'

const PARTS = 2_345 // several slices

t.test('an export has all records of a subject as the API sends them, and the rows about it', async (t) => {
  const server = await buildWithCommand(t)
  const { command, db, signIn } = server
  const id = await addSample(server, 'wanted', PARTS)
  await addSample(server, 'other', 3)
  const caller = await signIn('user')
  const record = (await caller.get(`/api/sample/${id}`)).json()
  const { parts } = (await caller.get(`/api/part/?sample_id=${id}&limit=2`)).json()

  const { code, stdout, stderr } = await command(['export', 'sample', String(id)])
  t.match({ code, stderr }, { code: 0, stderr: '' })
  const result = JSON.parse(stdout)
  t.match(result, { subject: { table: 'sample', id }, exported: /^\d{4}-.*Z$/ })
  t.strictSame(Object.keys(result.records), ['sample', 'part', 'link'])
  t.strictSame(result.records.sample, [record])
  t.strictSame(result.records.part.slice(0, 2), parts)
  t.equal(result.records.part.length, PARTS)
  t.notMatch(stdout, /other/)

  const [own, ...earlier] = result.accesses
  const user = `cli:${userInfo().username}`
  t.match(own, { user, action: 'execute', path: `/subject/export/sample/${id}`, outcome: 'success' })
  t.ok(
    earlier.some(
      (row: { user: string; path: string }) => row.user === caller.username && row.path === `/api/sample/${id}`
    )
  )
  t.match((await logRows(db)).at(-1), { username: user, subjects: ` sample:${id} ` })
})

t.test('a file is readable by its owner only, and an existing one is not replaced', async (t) => {
  const server = await buildWithCommand(t)
  const { command, cwd, db } = server
  const id = String(await addSample(server, 'wanted', 2))
  const written = await command(['export', 'sample', id, '--output', 'out.json'])
  t.match(written, { code: 0, stdout: `The records of sample ${id} are in out.json.\n`, stderr: '' })
  const file = join(cwd, 'out.json')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(JSON.parse(readFileSync(file, 'utf8')).records.part.length, 2)

  writeFileSync(file, 'mine')
  const count = (await logRows(db)).length
  t.match(await command(['export', 'sample', id, '-o', 'out.json']), { code: 1, stderr: /^--output out\.json exists/ })
  t.match(await command(['export', 'sample', id, '-o', 'no/out.json']), {
    code: 1,
    stderr: /^--output no\/out\.json cannot/
  })
  t.equal(readFileSync(file, 'utf8'), 'mine')
  t.strictSame(readdirSync(cwd), ['out.json'])
  t.equal((await logRows(db)).length, count, 'nothing was given out, so nothing is logged')
})

t.test('wrong arguments are named, and end with 2', async (t) => {
  const { command } = await buildWithCommand(t)
  const cases: [args: string[], code: number, message: RegExp][] = [
    [[], 2, /^The command must be export or erase: none is given\n\nUsage: /],
    [['remove', 'sample', '1'], 2, /^The command must be export or erase: remove\n/],
    [['export'], 2, /^<table> is missing\n/],
    [['export', 'sample', '0x1'], 2, /^<id> must be a positive integer: 0x1\n/],
    [['export', 'sample', '1', '2'], 2, /^There are too many arguments: 2\n/],
    [['export', 'sample', '1', '--yes'], 2, /^export takes no --yes\n/],
    [['erase', 'sample', '1', '--output', 'x'], 2, /^erase takes no --output\n/],
    [['erase', 'sample', '1', '--force'], 2, /--force/],
    [['export', 'user', '1'], 2, /^<table> must be a table of subjects, which resources state: .*sample/],
    [['export', 'sample', '4711'], 1, /^There is no sample with the <id> 4711\n$/]
  ]
  for (const [args, code, stderr] of cases) t.match(await command(args), { code, stdout: '', stderr }, args.join(' '))
  t.match(await command(['--help']), { code: 0, stdout: /^Usage: npm run subject/, stderr: '' })
})
