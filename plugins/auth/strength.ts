// Asks the worker thread of strength-worker.ts how hard passwords are to guess. It starts with the first question, so a
// server whose passwords do not change never loads the dictionaries.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import pLimit from 'p-limit'
import { Unavailable } from '../../src/errors.ts'
import type { Question, Strength } from './strength-worker.ts'

const WAITING_QUESTIONS = 50

const oneAtATime = pLimit(1)
let worker: Worker | undefined

/** Returns how hard a password is to guess. Throws Unavailable when too many questions wait. */
export async function strengthOf(question: Question): Promise<Strength> {
  if (oneAtATime.pendingCount >= WAITING_QUESTIONS) throw new Unavailable()
  return await oneAtATime(() => ask(question))
}

async function ask(question: Question): Promise<Strength> {
  worker ??= new Worker(new URL('./strength-worker.ts', import.meta.url))
  try {
    worker.ref()
    worker.postMessage(question)
    const [strength] = await once(worker, 'message')
    worker.unref() // it must not keep the process alive
    return strength
  } catch (error) {
    worker = undefined // the next question starts another one
    throw error
  }
}
