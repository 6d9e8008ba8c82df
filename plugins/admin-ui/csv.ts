// CSV (RFC 4180) for a spreadsheet.

/** Returns a line with these values. */
export function csvLine(values: unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

// A spreadsheet runs what looks like a formula. An apostrophe makes it text.
function cell(value: unknown): string {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
