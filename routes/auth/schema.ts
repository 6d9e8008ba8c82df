import { Type } from '@sinclair/typebox'
import { Strict, Text } from '../../src/schemas.ts'

// Not Text: names and passwords are only compared, and every wrong one must get the same response.
const Typed = Type.String({ minLength: 1, maxLength: 1024, format: 'password' })

export const Credentials = Strict(
  { username: Type.String({ minLength: 1, maxLength: 1024 }), password: Typed },
  { title: 'Credentials', examples: [{ username: 'client', password: '123456' }] }
)

export const PasswordChange = Strict(
  {
    old_password: Typed,
    new_password: {
      ...Typed,
      description: 'At least 15 characters, unless the server is configured otherwise, and not a common password.'
    }
  },
  { title: 'PasswordChange', examples: [{ old_password: 'a wrong password', new_password: 'seven quiet otters' }] }
)

const Jwt = Type.String({
  description: 'A JSON Web Token (RFC 7519).',
  pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$',
  maxLength: 1000,
  examples: ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl']
})

export const AccessToken = Type.Object({ access_token: Jwt }, { title: 'AccessToken' })

export const TokenPair = Type.Object({ access_token: Jwt, refresh_token: Jwt }, { title: 'TokenPair' })

/** How the original API confirms. */
export const Msg = Type.Object({ msg: Text(100) }, { title: 'Msg' })
