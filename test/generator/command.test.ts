// The command that adds a resource: its arguments, its questions, and that it changes nothing unless it can.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { generated } from '../support/generated.ts'
import { execute } from '../support/process.ts'
import { changesIn, generatorCopy, runGenerator } from './generator-copy.ts'

const VALID = ['visit', '--fields', 'reason:text(200) owner:ref(user)', '--roles', 'user']
const folder = generatorCopy(t)
const run = (...args: string[]) => runGenerator(folder, args)

t.test('a dry run prints what would be written, and changes nothing', async (t) => {
  const dry = await run(...VALID, '--dry-run')
  t.equal(dry.code, 0, dry.output)
  for (const line of [
    'writes   test/resources/visit.test.ts',
    'changes  openapi.json',
    /writes {3}drizzle\/postgres\/\d{4}_add-visit\.sql/
  ]) {
    t.match(dry.output, line)
  }
  t.equal(await changesIn(folder), '')
})

t.test('an invalid request is explained, and changes nothing', async (t) => {
  const [, ...options] = VALID
  t.match(await run('user', ...options), { code: 1, output: /user: exists already\nNothing was changed/ })
  t.match(await run('visit', '--fields', 'reason:txt', '--roles', 'user'), { code: 1, output: /there is no type txt/ })
  t.match(await run('visit', 'reason:text(200)'), { code: 1, output: /put the fields in quotes after --fields/ })
  t.match(await run('visit', '--field', 'x'), { code: 1, output: /Unknown option '--field'.*\nNothing was changed/ })
  t.match(await run(...options), { code: 1, output: /Put the name before the options\nNothing was changed/ })
  t.match(await run('--help'), { code: 0, output: /--dry-run/ })
  t.equal(await changesIn(folder), '')
})

t.test('without a name the command asks, and asks again after an answer that cannot work', async (t) => {
  const answers = ['user', 'visit', 'reason:txt', 'reason:text(200)', 'owner:ref(user)', '', '', 'nothing', '', '']
  const asked = await runGenerator(folder, ['--dry-run'], `${answers.join('\n')}\n`)
  t.equal(asked.code, 0, asked.output)
  t.match(
    asked.output,
    /Name of one record.*user: exists already.*Name of one record.*A field.*no type txt.*A field.*Another field.*Another field.*Roles that may call it \[user\].*nothing: is not a field.*writes {3}src\/tables\/visit\.ts/s
  )
  const cut = await runGenerator(folder, [], 'visit\n')
  t.match(cut, { code: 1, output: /The answers ended too early\nNothing was changed/ })
  t.equal(await changesIn(folder), '')
})

t.test('the questions are also about owners, and the answers are shown as options', async (t) => {
  const copy = generatorCopy(t)
  for (const [path, text] of generated('tag', 'name:text(50)')) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    writeFileSync(join(copy, path), text)
  }
  const fields = ['label:ref(tag,nested)', 'driver:ref(user)', 'tags:many(tag)']
  const answers = ['visit', 'tags:many(tag)', ...fields, '', 'clerk', 'label', 'label', 'driver', 'clerk', 'boss']
  const asked = await runGenerator(copy, ['--dry-run'], `${answers.join('\n')}\n`)
  t.equal(asked.code, 0, asked.output)
  const dialogue = [
    ...['a resource needs a field', 'The field with the owner', 'label: is not a field that refers to an account'],
    ...['The field with the owner', 'Roles that see', 'must not have every role', 'Roles that see', 'without questions']
  ]
  t.match(asked.output, new RegExp(dialogue.join('.*'), 's'))
  const options = ['--roles', 'clerk', '--filters', 'label', '--owner', 'driver', '--all', 'boss']
  const [, command] = /npm run new -- (.*)/.exec(asked.output) ?? []
  const words = ['visit', '--fields', fields.join(' '), ...options]
  t.equal(command?.replaceAll('"', ''), words.join(' '))
  const plan = (await runGenerator(copy, [...words, '--dry-run'])).output
  t.match(plan, 'writes   src/tables/visit-tag.ts')
  t.ok(asked.output.endsWith(plan), 'these options do the same')

  const plain = await runGenerator(folder, ['--dry-run'], 'visit\nname:text(9)\n\n\n\n')
  t.equal(plain.code, 0)
  t.notMatch(plain.output, 'owner', 'without an account among the fields nobody can own it')
})

t.test('a second command is rejected while one is running', async (t) => {
  const lock = join(folder, '.git/change-of-the-tree.lock')
  writeFileSync(lock, '')
  t.match(await run(...VALID), { code: 1, output: `Another command is changing the files. If it was killed, delete ` })
  await execute('rm', [lock])
  t.equal(await changesIn(folder), '')
})

t.test('uncommitted changes of the files that the command changes are never mixed with new ones', async (t) => {
  const refused = (file: RegExp) => ({
    code: 1,
    output: new RegExp(`Commit or stash your changes of these files first.*${file.source}.*Nothing was changed`, 's')
  })
  appendFileSync(join(folder, 'src/app.ts'), '// mine')
  t.match(await run(...VALID), refused(/ M src\/app\.ts/))
  t.equal(await changesIn(folder), ' M src/app.ts\n')
  await execute('git', ['restore', 'src/app.ts'], { cwd: folder })

  await execute('git', ['config', 'status.showUntrackedFiles', 'no'], { cwd: folder })
  writeFileSync(join(folder, 'src/tables/mine.ts'), '// mine')
  t.match(await run(...VALID), refused(/\?\? src\/tables\/mine\.ts/), 'its migration would have them, too')
  await execute('rm', [join(folder, 'src/tables/mine.ts')])
  await execute('git', ['config', '--unset', 'status.showUntrackedFiles'], { cwd: folder })
})

t.test('outside a git repository the command changes nothing, because it could not undo it', async (t) => {
  const elsewhere = generatorCopy(t, { git: false })
  t.match(await runGenerator(elsewhere, VALID), { code: 1, output: /This is not a git repository/ })
})
