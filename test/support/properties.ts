// Checks of a property for many generated values.

import fc from 'fast-check'
import type { Test } from 'tap'

/** Any text, including control characters and unassigned code points. */
export const anyText = fc.string({ unit: 'binary' })

/** Asserts that a property is true of every value generated. */
export function holds<Value>(t: Test, values: fc.Arbitrary<Value>, property: (value: Value) => boolean): void {
  t.doesNotThrow(() => fc.assert(fc.property(values, property), { numRuns: 2_000 }))
}

/** Returns a text as JSON in ASCII, because tap's output must have one line per assertion. */
export function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
