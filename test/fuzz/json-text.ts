// JSON that is put together piece by piece, and completed when the request is sent.

/** Returns a value from earlier responses for a field of this name, as JSON: the `pick`-th of the known ones. */
export type Recall = (name: string, pick: number) => string | undefined

/** Returns JSON, which may contain values that are known only when the request is sent. */
export type Text = (recall: Recall) => string

/** Returns a text unchanged. */
export function fixed(text: string): Text {
  return () => text
}

/** Returns a value as JSON. */
export function json(value: unknown): Text {
  return () => JSON.stringify(value)
}

/** Returns an array of these items. */
export function jsonArray(items: Text[]): Text {
  return (recall) => `[${items.map((item) => item(recall)).join()}]`
}

/** Returns an object of these fields. */
export function jsonObject(entries: [name: string, value: Text][]): Text {
  return (recall) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value(recall)}`).join()}}`
}

/** Returns an object with one more field. */
export function withField(body: Text, key: string, value: Text): Text {
  return (recall) => `${body(recall).slice(0, -1)},${JSON.stringify(key)}:${value(recall)}}`.replace('{,', '{')
}

/** Returns JSON as a JSON string: a number becomes a text, a text a text with quotation marks. */
export function asString(value: Text): Text {
  return (recall) => JSON.stringify(value(recall))
}
