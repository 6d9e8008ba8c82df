// Passwords: which ones are accepted, and how they are hashed and checked (argon2id, off the event loop, in a queue).

import { randomBytes, randomInt } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import type { Config } from '../../src/config.ts'
import { Unavailable } from '../../src/errors.ts'
import { PASSWORD_MAX_BYTES } from '../../src/formats.ts'
import { PROJECT_NAME } from '../../src/project-name.ts'
import { strengthOf } from './strength.ts'

/** A stored hash with higher costs than these is never computed. Otherwise a manipulated row could stop the server. */
const MAX_MEMORY_KIB = 64 * 1024
const MAX_TIME_COST = 10
const MAX_PARALLELISM = 4

/** A hash takes one core for about 20 ms. One at a time leaves the other cores for requests. */
const CONCURRENT_HASHES = 1
const WAITING_HASHES = 100

const ARGON2ID = 2 // Algorithm.Argon2id, a const enum that isolated modules cannot import
const TIME_COST = 2

/** A failed check may take this part less time than another one. */
const TOLERANCE = 0.1

/** A password must be as hard to guess as this many random digits, or as the shortest password that is allowed. */
const DIGITS = 10

export type Passwords = ReturnType<typeof createPasswords>

/** Returns how passwords are hashed and checked, with the costs and rules of the configuration. */
export function createPasswords(config: Pick<Config, 'argon2MemoryMiB' | 'passwordMinLength'>) {
  const limit = pLimit(CONCURRENT_HASHES)
  const costs = { memoryCost: config.argon2MemoryMiB * 1024, timeCost: TIME_COST, parallelism: 1 }
  const options = { algorithm: ARGON2ID, ...costs }
  const decoy = `$argon2id$v=19$m=${costs.memoryCost},t=${TIME_COST},p=1$${unpadded(16)}$${unpadded(32)}`
  const fewestGuesses = 10 ** Math.min(config.passwordMinLength, DIGITS)
  let mostWork = workOf(costs)

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (limit.pendingCount >= WAITING_HASHES) throw new Unavailable()
    return limit(work)
  }

  // Accounts whose hashes were stored with other costs must not answer faster or slower than names without an account.
  async function fillTime(work: number): Promise<void> {
    const missing = mostWork - work
    if (missing > TOLERANCE * mostWork) await hash('', { ...options, memoryCost: Math.ceil(missing / TIME_COST) })
  }

  return {
    /** Returns the argon2id hash (PHC string) of a password. Throws Unavailable when too many are waiting. */
    hash: async (password: string): Promise<string> => inTurn(() => hash(normalize(password), options)),

    /** Returns a random password that is long enough. */
    generate: () => generatePassword(Math.max(GENERATED_LENGTH, config.passwordMinLength)),

    /**
     * Whether the password belongs to a stored hash. A malformed hash, or one with excessive costs, matches nothing.
     * A failed check takes as long as the most expensive hash, also without a hash (the account does not exist). Throws
     * Unavailable when too many are waiting.
     */
    async matches(password: string, stored: string | undefined): Promise<boolean> {
      const usable = affordableCosts(stored)
      const work = workOf(usable ?? costs)
      mostWork = Math.max(mostWork, work)
      return await inTurn(async () => {
        const matches = await verify(usable && stored ? stored : decoy, normalize(password)).catch(() => false)
        if (!matches) await fillTime(work)
        return matches && usable !== undefined
      })
    },

    /** Makes failed checks take at least as long as this stored hash does. */
    expectHash(stored: string): void {
      mostWork = Math.max(mostWork, workOf(affordableCosts(stored) ?? costs))
    },

    /** Whether a stored hash has other costs than new ones have. */
    isOutdated(stored: string): boolean {
      const own = affordableCosts(stored)
      return own?.memoryCost !== costs.memoryCost || own.timeCost !== TIME_COST || own.parallelism !== 1
    },

    /**
     * Returns why an account of this name cannot have this password; undefined if it can (NIST SP 800-63B-4 §3.1.1.2).
     * `otherNames` are names of other accounts that occur in it.
     */
    async problem(password: string, username: string, otherNames: string[] = []): Promise<string | undefined> {
      const text = normalize(password)
      const lower = text.toLowerCase()
      const length = [...text].length
      if (!password.isWellFormed() || password.includes('\0')) return 'must not contain NUL or unpaired surrogates'
      if (length < config.passwordMinLength) return `must have at least ${config.passwordMinLength} characters`
      if (Buffer.byteLength(text) > PASSWORD_MAX_BYTES) return `must have at most ${PASSWORD_MAX_BYTES} bytes`
      const names = [username, ...APPLICATION_NAMES]
      if (names.some((name) => lower === name || (name.length > 2 && lower.includes(name)))) {
        return 'must not contain the user name or the name of this application'
      }
      const known = [...names, ...names.flatMap((name) => name.split(/[\s-]+/)), ...otherNames]
      const { guesses, isOneWord } = await strengthOf({ password: text, names: known })
      if (guesses < fewestGuesses || isOneWord)
        return 'is too easy to guess. Use several words that do not belong together'
      return undefined
    }
  }
}

const APPLICATION_NAMES = ['-', ' ', ''].map((between) => PROJECT_NAME.toLowerCase().replaceAll('-', between))

const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const GENERATED_LENGTH = 20

/** Returns a random password of letters and digits (20: 116 bits). None of its characters looks like another. */
export function generatePassword(length = GENERATED_LENGTH): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

// Two keyboards can compose the same text differently, so it is normalized (RFC 8265 §4.2: NFC). Nothing is trimmed.
function normalize(password: string): string {
  return password.normalize('NFC')
}

interface Costs {
  memoryCost: number // KiB
  timeCost: number
  parallelism: number
}

/** Returns the costs of a stored hash; undefined if it is malformed, or costs too much to compute it. */
function affordableCosts(stored = ''): Costs | undefined {
  try {
    const { algorithm, ...costs } = parseOptions(stored)
    const { memoryCost, timeCost, parallelism } = costs
    const isAffordable =
      algorithm === ARGON2ID &&
      memoryCost <= MAX_MEMORY_KIB &&
      timeCost <= MAX_TIME_COST &&
      parallelism <= MAX_PARALLELISM
    return isAffordable ? costs : undefined
  } catch {
    return undefined
  }
}

/** Returns how much is computed for a hash, up to what the configuration can ask for. The time is proportional to it. */
function workOf({ memoryCost, timeCost }: Costs): number {
  return Math.min(memoryCost * timeCost, MAX_MEMORY_KIB * TIME_COST)
}

function unpadded(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '')
}
