import { Type } from '@sinclair/typebox'
import { Strict } from '../../src/schemas.ts'

// Not Text: what is typed as a name or password is only ever compared, and a wrong one must not look different.
const Typed = Type.String({ minLength: 1, maxLength: 1024, format: 'password' })

export const Credentials = Strict({ username: Type.String({ minLength: 1, maxLength: 1024 }), password: Typed })

export const PasswordChange = Strict({ old_password: Typed, new_password: Typed })

export const AccessToken = Type.Object({ access_token: Type.String() })

export const TokenPair = Type.Object({ access_token: Type.String(), refresh_token: Type.String() })

/** The original API's form of a confirmation. */
export const Msg = Type.Object({ msg: Type.String() })
