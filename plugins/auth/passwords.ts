// Passwords: which ones are accepted, and how they are hashed and checked (argon2id, off the event loop, in a queue).

import { randomInt } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'
import pLimit from 'p-limit'
import type { Config } from '../../src/config.ts'
import { Unavailable } from '../../src/errors.ts'
import { PASSWORD_MAX_BYTES } from '../../src/schemas.ts'

/** A stored hash with higher costs than these is never computed. Otherwise a manipulated row could stop the server. */
const MAX_MEMORY_KIB = 64 * 1024
const MAX_TIME_COST = 10
const MAX_PARALLELISM = 4

/** A hash takes one core for about 20 ms. One at a time leaves the other cores for requests. */
const CONCURRENT_HASHES = 1
const WAITING_HASHES = 100

const ARGON2ID = 2 // Algorithm.Argon2id, a const enum that isolated modules cannot import

const common = new Set(dictionary['passwords-common'])

export type Passwords = ReturnType<typeof createPasswords>

/** Returns how passwords are hashed and checked, with the costs and rules of the configuration. */
export function createPasswords(config: Pick<Config, 'argon2MemoryMiB' | 'passwordMinLength'>) {
  const limit = pLimit(CONCURRENT_HASHES)
  const options = { algorithm: ARGON2ID, memoryCost: config.argon2MemoryMiB * 1024, timeCost: 2, parallelism: 1 }
  let decoy: Promise<string> | undefined

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (limit.pendingCount >= WAITING_HASHES) throw new Unavailable()
    return limit(work)
  }

  return {
    /** Returns the argon2id hash (PHC string) of a password. Throws Unavailable when too many are waiting. */
    hash: async (password: string): Promise<string> => inTurn(() => hash(normalize(password), options)),

    /**
     * Whether the password belongs to a stored hash. A malformed hash, or one with excessive costs, matches nothing.
     * Without a hash (the account does not exist) it takes the same time. Throws Unavailable when too many are waiting.
     */
    async matches(password: string, stored: string | undefined): Promise<boolean> {
      const usable = stored !== undefined && isAffordable(stored)
      // Made at the first login of anybody, so that its time does not reveal an unknown name.
      decoy ??= hash('no account has this password', options)
      const against = usable ? stored : await decoy
      const matches = await inTurn(() => verify(against, normalize(password)).catch(() => false))
      return usable && matches
    },

    /** Returns why an account of this name cannot have this password; undefined if it can (NIST SP 800-63B-4 §3.1.1.2). */
    problem(password: string, username: string): string | undefined {
      const text = normalize(password)
      const lower = text.toLowerCase()
      const length = [...text].length
      if (!password.isWellFormed() || password.includes('\0')) return 'must not contain NUL or unpaired surrogates'
      if (length < config.passwordMinLength) return `must have at least ${config.passwordMinLength} characters`
      if (Buffer.byteLength(text) > PASSWORD_MAX_BYTES) return `must have at most ${PASSWORD_MAX_BYTES} bytes`
      if (new Set(text).size === 1) return 'must not be one repeated character'
      if (isCommon(lower)) return 'is too common'
      if (
        [username, ...APPLICATION_NAMES].some((name) => lower === name || (name.length > 2 && lower.includes(name)))
      ) {
        return 'must not contain the user name or the name of this application'
      }
      return undefined
    }
  }
}

const APPLICATION_NAMES = ['clinic-rest-server', 'clinic rest server', 'clinicrestserver']

const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const GENERATED_LENGTH = 20

/** Returns a random password of 20 letters and digits (116 bits). None of its characters looks like another. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

// Two keyboards can compose the same text differently, so it is normalized (RFC 8265 §4.2: NFC). Nothing is trimmed.
function normalize(password: string): string {
  return password.normalize('NFC')
}

// Lists contain short passwords. People make them longer by repeating them or by adding digits.
function isCommon(lower: string): boolean {
  const bare = lower.replace(/^[\d\W_]+|[\d\W_]+$/g, '')
  const unit = /^(.+?)\1+$/su.exec(lower)?.[1]
  const candidates = [lower, unit, bare.length * 2 >= lower.length ? bare : undefined]
  return candidates.some((text) => text !== undefined && common.has(text)) || isSequence(lower)
}

const SEQUENCES = ['0123456789', '9876543210', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm']

function isSequence(lower: string): boolean {
  return SEQUENCES.some((sequence) => sequence.repeat(Math.ceil(lower.length / sequence.length) + 1).includes(lower))
}

function isAffordable(stored: string): boolean {
  try {
    const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(stored)
    return (
      algorithm === ARGON2ID &&
      memoryCost <= MAX_MEMORY_KIB &&
      timeCost <= MAX_TIME_COST &&
      parallelism <= MAX_PARALLELISM
    )
  } catch {
    return false
  }
}
