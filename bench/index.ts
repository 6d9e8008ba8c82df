// Measures what the guarantees cost: the real server compared with bare Fastify routes that send the same JSON.
// `npm run bench -- --help` explains the arguments.

import { parseArgs } from 'node:util'
import { fill } from './fill.ts'
import {
  type Footprint,
  measureArgon2,
  measureInstallation,
  measureStart,
  memoryAfterLoad,
  memoryAtRest
} from './footprint.ts'
import { type Duration, measure } from './measure.ts'
import { profile } from './profile.ts'
import { argon2Sentence, installationSentence, writeReport } from './report.ts'
import { fillDatabase, type SetupName, startBare, startEngine, startFull } from './servers.ts'
import { collectSamples, openSession } from './session.ts'
import { type Comparison, comparisonTable, footprintTable, median, rounded } from './tables.ts'
import { LIMITS, PATIENTS, type Work, works } from './works.ts'

const HELP = `npm run bench -- [options]

  --quick        measure a few works on SQLite only, in less than a minute
  --only <text>  measure only the works whose name contains the text
  --rounds <n>   rounds per work [5; 3 with --quick]
  --seconds <n>  length of a round [3; 1 with --quick]
  --profile      print the functions in which the server spends the most CPU time; --only <text> chooses the work
  --fill [n]     measure databases of 100, 10,000 and so on up to n patients [1,000,000]
  --help         print this text

Without --quick, --only, --profile and --fill, the results are written to BENCHMARKS.md. That takes about 20 minutes.
`
const LARGEST = 1_000_000
const SETUPS: SetupName[] = ['SQLite', 'SQLite, NORMAL', 'PostgreSQL']

const { quick, only, duration, ...options } = parse()
const chosen = works.filter(({ name, ...work }) => (only === undefined ? !quick || work.quick : name.includes(only)))
if (chosen.length === 0) fail(`No work's name contains ${only}`)
try {
  if (options.help) console.log(HELP)
  else if (options.profile) await profile(chosen[0] as Work)
  else if (options.fill) await fill(options.fill, duration)
  else await run()
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

async function run(): Promise<void> {
  const isFull = !quick && only === undefined
  const comparisons: Comparison[] = []
  const footprints = new Map<string, Footprint>()
  const versions = new Map<string, string>()
  const installation = isFull ? measureInstallation() : undefined
  for (const setup of quick ? SETUPS.slice(0, 1) : SETUPS) {
    const own = chosen.filter(({ setups }) => setups.includes(setup))
    if (own.length > 0) await measureSetup(setup, own)
  }
  console.log(`\n${comparisonTable(comparisons)}`)
  if (!installation) return

  const argon2 = await measureArgon2()
  console.log(`\n${argon2Sentence(argon2)}\n\n${footprintTable(footprints)}\n\n${installationSentence(installation)}`)
  writeReport({ comparisons, footprints, versions, argon2, installation, duration })
  console.log('\nBENCHMARKS.md is written.')

  async function measureSetup(setup: SetupName, works: Work[]): Promise<void> {
    const engine = await startEngine(setup)
    const accounts = await fillDatabase(engine.env, PATIENTS)
    const isEngine = isFull && setup !== 'SQLite, NORMAL'
    const starts = isEngine && (await measureStart(engine.env))
    const full = await startFull(engine.env)
    const atRest = isEngine ? await memoryAtRest(full) : undefined
    const session = await openSession(full.url, accounts)
    if (starts) {
      const afterLoad = await memoryAfterLoad({ server: full, session })
      footprints.set(setup, { ...starts, atRest, afterLoad })
      versions.set(setup, engine.version)
    }
    const bare = await startBare(await collectSamples(full.url, session, LIMITS))
    const targets = [
      { server: bare, session: structuredClone(session) },
      { server: full, session }
    ]
    for (const work of works) {
      const [ofBare = [], ofFull = []] = await measure(targets, work, duration)
      comparisons.push({ work: work.name, setup, connections: work.connections, bare: ofBare, full: ofFull })
      const cpu = [ofBare, ofFull].map((rounds) => rounded(median(rounds.map(({ cpu }) => cpu))))
      console.log(`${setup}: ${work.name}: ${cpu[0]} µs of CPU time bare, ${cpu[1]} µs full`)
    }
    await bare.stop()
    await full.stop()
    await engine.end()
  }
}

function parse() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true, // for the number of --fill
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        profile: { type: 'boolean', default: false },
        fill: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    })
    const [largest, ...unknown] = positionals
    if (unknown.length > 0 || (largest !== undefined && !values.fill)) fail(`Unknown argument: ${positionals.at(-1)}`)
    const duration: Duration = {
      rounds: integer('--rounds', values.rounds) ?? (values.quick ? 3 : 5),
      seconds: integer('--seconds', values.seconds) ?? (values.quick ? 1 : 3)
    }
    return { ...values, duration, fill: values.fill && (integer('--fill', largest) ?? LARGEST) }
  } catch (error) {
    return fail((error as Error).message.replace(/\. To specify.*/s, '')) // without the hint about positionals
  }
}

/** Returns the number that an option has, undefined if it is not given. */
function integer(option: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^[1-9]\d{0,6}$/.test(text)) fail(`${option} needs a whole number above 0, not ${text}`)
  return text === undefined ? undefined : Number(text)
}

function fail(message: string): never {
  console.error(`${message}\n\n${HELP}`)
  process.exit(2)
}
