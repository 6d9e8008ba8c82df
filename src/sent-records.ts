// What records were sent as. Requests share the object of a record as long as it does not change, and so its text.

type Serialize = (record: Record<string, unknown>) => string

export interface SentRecord {
  text: string
  /** The fingerprint of the text, once somebody has asked for it. */
  fingerprint?: string
}

const sent = new WeakMap<Serialize, WeakMap<object, SentRecord>>()

/** Returns what a function makes of a record. It is called once for each record, which must not be changed afterwards. */
export function serializeOnce(serialize: Serialize, record: object): SentRecord {
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
