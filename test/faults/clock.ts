// Preloaded into a server process: its clock differs from the right one by as many milliseconds as a file says.

import { readFileSync } from 'node:fs'

const FILE = process.env.NODE_TEST_CLOCK ?? ''
const RealDate = Date
const difference = () => Number(readFileSync(FILE, 'utf8'))

globalThis.Date = class extends RealDate {
  constructor(...parts: [] | [string | number | Date]) {
    if (parts.length === 0) super(RealDate.now() + difference())
    else super(...(parts as [string]))
  }
  static override now(): number {
    return RealDate.now() + difference()
  }
} as DateConstructor
