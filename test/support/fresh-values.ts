// Values that no other record of a test process has, for fields that must be unique.

const FIRST_DAY = Date.UTC(1900, 0, 1)
const DAY = 24 * 3600_000 // milliseconds
let count = 0

export const freshNumber = (): number => ++count
export const freshText = (): string => `t${freshNumber()}`
export const freshEmail = (): string => `user${freshNumber()}@example.org`
export const freshUrl = (): string => `https://example.org/${freshNumber()}`
export const freshDate = (): string => new Date(FIRST_DAY + freshNumber() * DAY).toISOString().slice(0, 10)
export const freshInstant = (): string => new Date(FIRST_DAY + freshNumber() * DAY).toISOString().replace('.000', '')
