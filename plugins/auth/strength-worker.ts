// Estimates how hard passwords are to guess. Runs in a worker thread, because the dictionaries take half a second to load,
// and an estimate up to a few hundred milliseconds.

import { parentPort } from 'node:worker_threads'
import { type Match, ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

/** A password, and the names that somebody who guesses it would try first. */
export interface Question {
  password: string
  names: string[]
}

export interface Strength {
  /** How many guesses a good guesser needs. */
  guesses: number
  /** At least half of the password is one word of the dictionaries or one of the names. */
  isOneWord: boolean
}

/** The rest of a longer password is not read: the cost of an estimate grows with the square of the length. */
const MAX_LENGTH = 100
/** How many readings of a password such as "4$5(4$5(" are tried. There are thousands, but more tries find no other words. */
const SUBSTITUTIONS = 20

const zxcvbn = new ZxcvbnFactory({
  dictionary,
  graphs: adjacencyGraphs,
  maxLength: MAX_LENGTH,
  l33tMaxSubstitutions: SUBSTITUTIONS
})

parentPort?.on('message', ({ password, names }: Question) => {
  const { guesses, sequence } = zxcvbn.check(password, names)
  const isWord = ({ pattern, token }: Match) => pattern === 'dictionary' && token.length * 2 >= password.length
  parentPort?.postMessage({ guesses, isOneWord: sequence.some(isWord) } satisfies Strength)
})
