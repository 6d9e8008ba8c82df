// The command that adds a resource: what it writes is what stands in the project by hand, and what it refuses changes
// nothing. That what it writes works is shown by the tests of copies.

import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { registered } from '../scripts/new/project.ts'
import { resourceOf, type Told } from '../scripts/new/resource.ts'
import { Refused } from '../scripts/work-tree.ts'
import { commit, run as runIn } from './support/copy.ts'
import { temporaryFolder } from './support/folder.ts'
import { essence, generated, project, ROOT } from './support/generated.ts'
import { execute } from './support/process.ts'

t.jobs = 2

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

t.test('the files it writes are those of the resources that are written by hand', async (t) => {
  const resources = {
    sample: 'name:text(100)',
    part: 'sample:ref(sample) label:text(200) note:text(10000)? made_on:date? seen_at:instant amount:real count:integer? done:flag'
  }
  for (const [name, fields] of Object.entries(resources)) {
    const files = generated(name, fields)
    const same = (path: string, own: string) => {
      t.equal(essence(files.get(path) ?? ''), essence(read(`test/support/${name}/${own}`)), `${name}/${own}`)
    }
    same(`routes/api/${name}/index.ts`, 'index.ts')
    same(`routes/api/${name}/schema.ts`, 'schema.ts')
    const columns = (text = '') => text.slice(text.indexOf('export const'))
    t.equal(
      columns(files.get(`src/tables/${name}.ts`)),
      columns(read(`test/support/${name}/table.ts`)),
      `${name}/table.ts`
    )
  }
})

t.test('a resource of five fields costs what the README says', async (t) => {
  const files = generated('room', 'name:text(100) beds:integer opened_on:date? cleaned_at:instant? keeper:ref(user)?')
  const lines = (text: string) => text.split('\n').length - 1
  const tests = lines(files.get('test/room.test.ts') ?? '')
  const all = [...files.values()].reduce((sum, text) => sum + lines(text), 0)
  const resource = resourceOf({ name: 'room', fields: 'name:text(100)', roles: 'user' }, project)
  const changed = [...registered(ROOT, resource)].map(([path, text]) => lines(text) - lines(read(path)))
  const added = changed.reduce((sum, count) => sum + count)
  t.match(
    read('README.md').replace(/\s+/g, ' '),
    `${all} lines in ${files.size} files (${tests} of them tests), and ${added} lines added to ${changed.length} others`
  )
})

t.test('names are told in every form that the files need', async (t) => {
  const files = generated('lab-entry', 'name:text(12345)')
  t.match(files.get('src/tables/lab-entry.ts'), "export const labEntry = table('lab_entry', {")
  const routes = files.get('routes/api/lab-entry/index.ts')
  for (const piece of [
    "NotFound('Lab entry')",
    'return { lab_entries: labEntries, next }',
    "'Lab entry deleted'",
    '`/api/lab-entry/$'
  ]) {
    t.match(routes, piece)
  }
  t.match(files.get('routes/api/lab-entry/schema.ts'), 'LabEntryBody = Strict({ name: Text(12_345, 1) }')
  t.equal(resourceOf({ name: 'story', fields: 'name:text(1)', roles: 'user' }, project).plugin, 'stories')
  const plurals = { box: 'boxes', day: 'days', branch: 'branches', study: 'studies' }
  for (const [name, plural] of Object.entries(plurals)) {
    t.equal(resourceOf({ name, fields: 'name:text(1)', roles: 'user' }, project).list, plural)
  }
  t.equal(
    resourceOf({ name: 'person', plural: 'people', fields: 'name:text(1)', roles: 'user' }, project).list,
    'people'
  )
})

t.test('what cannot be is refused, and every part that is wrong is named', async (t) => {
  const good = { name: 'visit', fields: 'reason:text(200)', roles: 'user' }
  const cases: [told: Partial<typeof good & { filters: string; plural: string }>, told: RegExp][] = [
    [{ name: '' }, /^the name: a resource is named by/],
    [{ name: 'Visit' }, /^Visit: a resource is named by/],
    [{ name: 'visit_two' }, /^visit_two: /],
    [{ name: '../visit' }, /^\.\.\/visit: /],
    [{ name: 'v'.repeat(31) }, /at most 30 characters/],
    [{ name: 'user' }, /^user: exists already$/],
    [{ name: 'session' }, /^session: exists already$/],
    [{ name: 'auth' }, /^auth: exists already$/],
    [{ name: 'account' }, /^account: exists already$/],
    [{ name: 'refresh-token' }, /^refresh-token: exists already$/],
    [{ name: 'sample' }, /^sample: exists already$/],
    [{ name: 'change' }, /^change: .* use the word change themselves/],
    [{ name: 'constructor' }, /^constructor: .* use the word constructor themselves/],
    [{ name: 'a-1', plural: 'a1' }, /^a-1: .* use the word a1 themselves/],
    [{ name: 'badge', plural: 'user', fields: 'owner:ref(user)' }, /^user: is the name of the table that owner_id/],
    [{ fields: 'note:ref(session)' }, /there is no table session to refer to/],
    [{ fields: 'then:flag' }, /then is taken/],
    [{ name: 'access', fields: 'log:text(9)', filters: 'log' }, /^log: its index would be named as a table is$/],
    [{ fields: 'visit:text(9)', filters: 'visit' }, /^visit: the list uses this word itself/],
    [{ name: 'access-log' }, /^access-log: exists already$/],
    [{ name: 'message' }, /^message: .* use the word message themselves/],
    [{ name: 'page' }, /^page: .* use the word page themselves/],
    [{ name: 'error' }, /^error: .* use the word errors? themselves/],
    [{ name: 'credentials', plural: 'x' }, /^credentials: .* use the word Credentials themselves/],
    [{ name: 'class' }, /^class: .* use the word class themselves/],
    [{ name: 'map' }, /^map: .* use the word Map themselves/],
    [{ name: 'sheep', plural: 'sheep' }, /^sheep: the plural must be another name/],
    [{ fields: '' }, /^a resource needs a field/],
    [{ fields: 'reason' }, /^reason: is not a field; write name:type/],
    [{ fields: 'reason:text' }, /^reason:text: text needs its longest length/],
    [{ fields: 'reason:text(0)' }, /^reason:text\(0\): text needs its longest length/],
    [{ fields: 'reason:text(1e3)' }, /text needs its longest length/],
    [{ fields: 'reason:string' }, /^reason:string: there is no type string; there are text\(<longest>\), integer/],
    [{ fields: 'reason:flag(1)' }, /flag takes nothing in parentheses/],
    [{ fields: 'Reason:flag' }, /^Reason:flag: is not a field/],
    [{ fields: 'a:flag a:real' }, /^a:real: the field a is there twice$/],
    [{ fields: 'id:integer' }, /^id:integer: id is taken$/],
    [{ fields: 'version:integer' }, /version is taken/],
    [{ fields: 'constructor:integer' }, /constructor is taken/],
    [{ fields: '__proto__:integer' }, /is not a field/],
    [{ fields: "a:text(1)');--:flag" }, /is not a field/],
    [
      { fields: 'owner:ref(nobody)' },
      /^owner:ref\(nobody\): there is no table nobody to refer to .*; there are .*user/
    ],
    [{ fields: 'visit:ref(visit)' }, /there is no table visit to refer to/],
    [{ fields: 'owner:ref' }, /there is no table named to refer to/],
    [{ fields: 'owner:ref(user, restrict)' }, /write ref\(user\), or ref\(user,cascade\)/],
    [{ fields: 'owner:ref(user) owner_id:ref(user)' }, /the field owner_id is there twice/],
    [{ fields: 'cost:real', filters: 'cost' }, /^cost: a real number is not looked for by equality$/],
    [{ filters: 'nothing' }, /^nothing: is no field, and cannot be a filter$/],
    [{ fields: 'limit:integer', filters: 'limit' }, /^limit: the list uses this word itself/],
    [{ fields: 'rows:integer', filters: 'rows' }, /^rows: the list uses this word itself/],
    [{ roles: '' }, /^name a role that may call it/],
    [{ roles: 'User' }, /^User: a role is named by/],
    [{ fields: 'a:b c:d e', roles: '!' }, /^a:b: .*\nc:d: .*\ne: .*\n!: a role/]
  ]
  for (const [told, message] of cases) {
    const both = { ...good, ...told }
    t.match(refusal(both), message, JSON.stringify(told))
  }
  const fields = 'keeper:ref(user, cascade)? owner_id:ref(user) limit:integer'
  const taken = resourceOf({ ...good, fields, roles: 'user, clerk user' }, project)
  t.match(
    taken.fields.map(({ name, nullable, cascade }) => [name, nullable, cascade ?? false]),
    [
      ['keeper_id', true, true],
      ['owner_id', false, false],
      ['limit', false, false]
    ]
  )
  t.strictSame(taken.roles, ['user', 'clerk'])
})

t.test('a run that is refused, or dry, changes nothing', { buffered: true }, async (t) => {
  const folder = await copy(t)
  const state = async () => (await execute('git', ['status', '--porcelain'], { cwd: folder })).output
  const run = (...args: string[]) => command(folder, args)
  const good = ['--fields', 'reason:text(200) owner:ref(user)', '--roles', 'user']

  const dry = await run('visit', ...good, '--dry-run')
  t.equal(dry.code, 0, dry.output)
  for (const line of [
    'writes   test/visit.test.ts',
    'changes  openapi.json',
    /writes {3}drizzle\/postgres\/\d{4}_add-visit\.sql/
  ]) {
    t.match(dry.output, line)
  }
  t.match(await run('user', ...good), { code: 1, output: /user: exists already\nNothing was changed/ })
  t.match(await run('visit', '--fields', 'reason:txt', '--roles', 'user'), { code: 1, output: /there is no type txt/ })
  t.match(await run('visit', 'reason:text(200)'), { code: 1, output: /put the fields in quotes after --fields/ })
  t.match(await run('visit', '--field', 'x'), { code: 1, output: /Unknown option '--field'.*\nNothing was changed/ })
  t.match(await run('--help'), { code: 0, output: /--dry-run/ })
  t.equal(await state(), '')

  const answers = ['user', 'visit', 'reason:txt', 'reason:text(200)', 'owner:ref(user)', '', '', 'nothing', '']
  const asked = await command(folder, ['--dry-run'], `${answers.join('\n')}\n`)
  t.equal(asked.code, 0, asked.output)
  t.match(
    asked.output,
    /Name of one record.*user: exists already.*Name of one record.*A field.*no type txt.*A field.*Another field.*Roles that may call it \[user\].*writes {3}src\/tables\/visit\.ts/s
  )
  t.match(await command(folder, [], 'visit\n'), { code: 1, output: /The answers ended too early\nNothing was changed/ })
  t.equal(await state(), '')

  writeFileSync(join(folder, 'notes.txt'), 'mine')
  const dirty = await run('visit', ...good)
  t.match(dirty, { code: 1, output: /Commit or stash first.*notes\.txt/s })
  t.equal(await state(), '?? notes.txt\n')

  await execute('git', ['config', 'status.showUntrackedFiles', 'no'], { cwd: folder })
  t.match(await run('visit', ...good), { code: 1, output: /Commit or stash first.*notes\.txt/s }, 'whatever git shows')

  const elsewhere = await copy(t, { git: false })
  t.match(await command(elsewhere, ['visit', ...good]), { code: 1, output: /This is no git repository/ })
})

t.test('when a step fails, everything is taken back', { buffered: true }, async (t) => {
  const folder = await copy(t, { broken: true })
  const run = await command(folder, ['visit', '--fields', 'reason:text(200)', '--roles', 'user'])
  t.match(run, { code: 1, output: /This step failed.*: types\n.*Everything was taken back\.\nNothing was changed/s })
  t.equal((await execute('git', ['status', '--porcelain'], { cwd: folder })).output, '')
})

/** Why a resource is refused. */
function refusal(told: Told): string {
  try {
    resourceOf(told, project)
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
  return 'it was not refused'
}

/** A copy of what the command reads and writes, committed. */
async function copy(t: Test, { git = true, broken = false } = {}): Promise<string> {
  const folder = temporaryFolder(t)
  for (const part of [
    'drizzle',
    'plugins',
    'routes',
    'scripts',
    'src',
    'package.json',
    'biome.json',
    'openapi.json',
    'test'
  ]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const compilerOptions = { skipLibCheck: true, ...(broken && { types: ['there-is-no-such-package'] }) }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [] }))
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n')
  if (git) {
    await runIn(t, folder, 'git', 'init', '-q')
    await commit(t, folder)
  }
  return folder
}

function command(folder: string, args: string[], input?: string) {
  return execute(process.execPath, ['scripts/new-resource.ts', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    input
  })
}
