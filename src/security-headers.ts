// The headers every answer carries, also those that no hook sees.

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** Safe defaults for a browser that opens any of our addresses; what is answered is not kept by any cache. */
export const securityHeaders = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store'
} as const

/** Only for answers over https: the browser then refuses plain http for a year. */
export const strictTransportSecurity = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } as const
