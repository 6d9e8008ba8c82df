// The layout of the code: who imports whom, where the environment is read, and how files are named. Biome checks the rules
// about plugins, src and routes in the editor as well (see restricted-imports.test.ts).

import { basename } from 'node:path'
import t, { type Test } from 'tap'
import { type Import, importsOf, sourceFiles } from './source-files.ts'

const files = sourceFiles('src', 'plugins', 'routes')
const imports = files.flatMap(importsOf)

/** Files of more than 200 lines, each with the reason why it is not split. */
const LONG_FILES: Record<string, string> = {}
const MOST_LINES = 200

t.test('imports are found in every form that TypeScript has', async (t) => {
  const text = [
    "import './a.ts'",
    "import b from './b.ts'",
    "import { c, type C } from '../c.ts'",
    "import {\n  type D,\n  type E\n} from '../x/d.ts'",
    "import type { F } from './f.ts'",
    "import * as g from './g.ts'",
    "export { h } from './h.ts'",
    "export * from './i.ts'",
    "import fastify from 'fastify'",
    "const j = await import('./j.ts')",
    "export const k = './k.ts'"
  ].join('\n')
  const found = importsOf({ path: 'src/x/file.ts', text }).map(
    ({ to, isTypeOnly }) => `${to}${isTypeOnly ? ' type' : ''}`
  )
  const expected = 'a.ts,b.ts,../c.ts,d.ts type,f.ts type,g.ts,h.ts,i.ts,j.ts'.split(',')
  t.same(
    found,
    expected.map((file) => (file.startsWith('../') ? file.replace('../', 'src/') : `src/x/${file}`))
  )
  t.ok(imports.length > 100)
})

t.test('only src/app.ts imports the plugin of a concern', async (t) => {
  const isPlugin = ({ to }: Import) => /^plugins\/([^/]+\.ts|[^/]+\/index\.ts)$/.test(to)
  none(t, imports.filter(isPlugin), ({ from }) => from !== 'src/app.ts')
  t.ok(imports.filter(isPlugin).length > 10, 'src/app.ts imports them')
})

t.test('src imports only src and package.json, except for src/app.ts and src/server.ts', async (t) => {
  const exceptions = ['src/app.ts', 'src/server.ts']
  const isOwn = (to: string) => to.startsWith('src/') || to === 'package.json'
  none(t, imports, ({ from, to }) => from.startsWith('src/') && !exceptions.includes(from) && !isOwn(to))
})

t.test('plugins and routes import no routes, no scripts, no tests, and not the server', async (t) => {
  none(t, imports, ({ from, to }) => {
    if (from.startsWith('src/')) return false
    const isOwnRoute = from.startsWith('routes/') && to.startsWith('routes/')
    return (/^(routes|scripts|test)\//.test(to) && !isOwnRoute) || ['src/app.ts', 'src/server.ts'].includes(to)
  })
})

t.test('a concern uses the code of another only if its plugin declares that dependency', async (t) => {
  const plugins = files.filter(({ path }) => /^plugins\/([^/]+|[^/]+\/index)\.ts$/.test(path))
  const dependencies = new Map(
    plugins.map(({ path, text }) => {
      const [, list = ''] = /\bfp\(.*?dependencies: \[([^\]]*)\]/s.exec(text) ?? []
      return [concernOf(path), [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name)]
    })
  )
  for (const { path, text } of plugins) {
    const [, name] = /\bfp\(.*?name: '([^']+)'/s.exec(text) ?? []
    t.equal(name, concernOf(path), `${path}: the name of the plugin is that of its folder or file`)
  }
  none(t, imports, ({ from, to, isTypeOnly }) => {
    if (!from.startsWith('plugins/') || !to.startsWith('plugins/') || isTypeOnly) return false
    const [own, other] = [concernOf(from), concernOf(to)]
    return own !== other && !dependencies.get(own)?.includes(other)
  })
})

t.test('no two files share a name, except index.ts and schema.ts', async (t) => {
  const paths = [...files, ...sourceFiles('scripts')].map(({ path }) => path)
  const byName = Map.groupBy(paths, (path) => basename(path))
  const shared = [...byName].filter(([name, { length }]) => length > 1 && !['index.ts', 'schema.ts'].includes(name))
  t.same(Object.fromEntries(shared), {})
})

t.test('only src/config.ts reads the environment', async (t) => {
  const readers = files.filter(({ text }) => /\bprocess\s*\.\s*env\b|\bprocess\[|\benv\b.*'(node:)?process'/.test(text))
  t.same(
    readers.map(({ path }) => path),
    ['src/config.ts']
  )
})

t.test(`a file has at most ${MOST_LINES} lines`, async (t) => {
  const long = files.filter(({ text }) => text.trimEnd().split('\n').length > MOST_LINES)
  t.same(
    long.map(({ path }) => path),
    Object.keys(LONG_FILES),
    'split it, or add it above with its reason'
  )
})

/** Asserts that no import is forbidden, and names those that are. */
function none(t: Test, imports: Import[], isForbidden: (one: Import) => boolean): void {
  t.same(
    imports.filter(isForbidden).map(({ from, to }) => `${from} imports ${to}`),
    []
  )
}

/** Returns the concern of a file under plugins/: the name of its folder, or its own. */
function concernOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '')
}
