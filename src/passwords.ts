// Passwords: which are accepted, how they are hashed (argon2id, off the event loop, a few at a time), and how checked.

import { randomInt } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { dictionary } from '@zxcvbn-ts/language-common'
import pLimit from 'p-limit'
import type { Config } from './config.ts'
import { Unavailable } from './errors.ts'
import { PASSWORD_MAX_BYTES } from './schemas.ts'

/** A stored hash that asks for more than this is not computed: whoever wrote the row could stop the server with it. */
const MAX_MEMORY_KIB = 64 * 1024
const MAX_TIME_COST = 10
const MAX_PARALLELISM = 4

/** One hash takes one core and some 20 ms; one at a time leaves the other core to the requests. */
const CONCURRENT_HASHES = 1
const WAITING_HASHES = 100

const ARGON2ID = 2 // Algorithm.Argon2id, a const enum that isolated modules cannot import

const common = new Set(dictionary['passwords-common'])

export type Passwords = ReturnType<typeof createPasswords>

/** Hashing and checking with the costs and rules of the configuration. */
export function createPasswords(config: Pick<Config, 'argon2MemoryMiB' | 'passwordMinLength'>) {
  const limit = pLimit(CONCURRENT_HASHES)
  const options = { algorithm: ARGON2ID, memoryCost: config.argon2MemoryMiB * 1024, timeCost: 2, parallelism: 1 }
  let decoy: Promise<string> | undefined

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (limit.pendingCount >= WAITING_HASHES) throw new Unavailable()
    return limit(work)
  }

  return {
    /** The argon2id hash (PHC string) of a password. Throws Unavailable when too many wait. */
    hash: async (password: string): Promise<string> => inTurn(() => hash(normalize(password), options)),

    /**
     * Whether the password belongs to a stored hash. Garbage, or costs beyond reason, count as a wrong password; no hash
     * at all (an account that does not exist) takes the time of one. Throws Unavailable when too many wait.
     */
    async matches(password: string, stored: string | undefined): Promise<boolean> {
      const usable = stored !== undefined && isAffordable(stored)
      // Made at the first login, whoever it is for, so that it does not tell an unknown name by its time.
      decoy ??= hash('no account has this password', options)
      const against = usable ? stored : await decoy
      const matches = await inTurn(() => verify(against, normalize(password)).catch(() => false))
      return usable && matches
    },

    /** Why a password is not acceptable for an account of this name, or undefined when it is (NIST SP 800-63B-4 §3.1.1.2). */
    problem(password: string, username: string): string | undefined {
      const text = normalize(password)
      const lower = text.toLowerCase()
      const length = [...text].length
      if (!password.isWellFormed() || password.includes('\0')) return 'must not contain NUL or unpaired surrogates'
      if (length < config.passwordMinLength) return `must have at least ${config.passwordMinLength} characters`
      if (Buffer.byteLength(text) > PASSWORD_MAX_BYTES) return `must have at most ${PASSWORD_MAX_BYTES} bytes`
      if (new Set(text).size === 1) return 'must not be one repeated character'
      if (isCommon(lower)) return 'is a common password'
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

/** A random password of 20 letters and digits (116 bits), none of which looks like another. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

// The same text typed on two keyboards can be composed differently (RFC 8265 §4.2: NFC); nothing is trimmed.
function normalize(password: string): string {
  return password.normalize('NFC')
}

// Lists hold short passwords; the long ones people make of them are the same with digits at an end, or repeated.
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
