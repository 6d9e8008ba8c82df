// What records were sent as. Requests share the object of a record as long as it does not change, and so its text.
// To remember the text of a record that is sent once would cost more than to serialize it.

type Serialize = (record: Record<string, unknown>) => string

export interface SentRecord {
  text: string
  /** The fingerprint of the text, once somebody has asked for it. */
  fingerprint?: string
}

const shared = new WeakSet<object>()
const sent = new WeakMap<Serialize, WeakMap<object, SentRecord>>()

/** States that several requests may send this object, which is not changed any more. */
export function markShared(record: object): void {
  shared.add(record)
}

/** Returns what a function makes of a record. For a shared record it is called once. */
export function serializeOnce(serialize: Serialize, record: object): SentRecord {
  if (!shared.has(record)) return { text: serialize(record as Record<string, unknown>) }
  let known = sent.get(serialize)
  if (!known) {
    known = new WeakMap()
    sent.set(serialize, known)
  }
  let made = known.get(record)
  if (!made) {
    made = { text: serialize(record as Record<string, unknown>) }
    known.set(record, made)
  }
  return made
}
