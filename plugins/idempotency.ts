// Does a POST once, however often it is sent: a client that does not know whether it was done repeats it with the same
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). The key is stored in the transaction that creates or changes the
// record, so there is never one without the other. Only successes are stored: after an error, a repeated request is a new try.

import { createHmac } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import type { Transaction } from '../src/database/db.ts'
import { atomically } from '../src/database/transactions.ts'
import { deriveKey } from '../src/derived-key.ts'
import { KeyInUse, KeyReused } from '../src/errors.ts'
import { fromNow } from '../src/instants.ts'
import { createSeal } from '../src/seal.ts'
import { idempotency_key } from '../src/tables/idempotency-key.ts'

type Request = Pick<FastifyRequest, 'headers' | 'params' | 'body' | 'principal' | 'routeOptions'>

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Runs `work`, which creates or changes a record, in a transaction (see `atomically`) and returns its result. When the
     * request has an `Idempotency-Key` that the account has sent here with the same body within 24 hours, returns that result
     * instead. Throws KeyReused when the body or the record in the path is another one, and KeyInUse while the first request
     * is running.
     */
    createOnce<Row extends object>(request: Request, work: (tx: Transaction) => Promise<Row>): Promise<Row>
  }
}

const LIFE = 24 * 3600_000 // milliseconds

async function idempotency(app: FastifyInstance, { config }: { config: Pick<Config, 'secretKey'> }) {
  const { db } = app
  const secret = deriveKey(config.secretKey, 'idempotency keys')
  const running = new Set<string>()

  app.decorate('createOnce', async function createOnce<
    Row extends object
  >(request: Request, work: (tx: Transaction) => Promise<Row>): Promise<Row> {
    const sent = request.headers['idempotency-key']
    if (typeof sent !== 'string') return await atomically(db, work)
    const { params, body, principal, routeOptions } = request
    const text = sent.replaceAll('"', '') // the draft has quotes around the key, many clients do not
    const key = hash(principal?.id, routeOptions.url, text)
    if (running.has(key)) throw new KeyInUse()
    running.add(key)
    try {
      return await atomically(db, (tx) =>
        createOrRepeat(tx, { key, text, fingerprint: hash(body, ...Object.values(params as object)) }, work)
      )
    } finally {
      running.delete(key)
    }
  })

  interface Key {
    key: string
    /** What the client sent. It is not stored, but needed to read the stored record. */
    text: string
    fingerprint: string
  }

  async function createOrRepeat<Row>(
    tx: Transaction,
    { key, text, fingerprint }: Key,
    work: (tx: Transaction) => Promise<Row>
  ): Promise<Row> {
    // Another instance may be running the same request.
    if (!(await db.connection.tryLock(tx, 'idempotency key', key))) throw new KeyInUse()
    const seal = createSeal(config.secretKey, `record created with the idempotency key ${text}`)
    const [stored] = await tx.select().from(idempotency_key).where(eq(idempotency_key.key, key))
    if (stored && Date.parse(stored.expiry) > Date.now()) {
      if (stored.fingerprint !== fingerprint) throw new KeyReused()
      return JSON.parse(seal.open(stored.record, key) ?? '') as Row
    }
    const row = await work(tx)
    const values = { key, fingerprint, record: seal.close(JSON.stringify(row), key), expiry: fromNow(LIFE) }
    await tx.insert(idempotency_key).values(values).onConflictDoUpdate({ target: idempotency_key.key, set: values })
    return row
  }

  function hash(...parts: unknown[]): string {
    return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')
  }
}

export default fp(idempotency, { name: 'idempotency', fastify: '5.x', dependencies: ['database', 'auth'] })
