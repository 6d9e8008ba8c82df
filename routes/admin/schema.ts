// What the forms of the pages send. A form says what it is wrong with in words of its own, so most fields are any text.

import { Type } from '@sinclair/typebox'
import { Id, Strict, Text } from '../../src/schemas.ts'

type Fields = Parameters<typeof Strict>[0]

/** A form: its fields, and the token with which the pages know it as theirs. */
export const Form = <Own extends Fields>(fields: Own) => Strict({ _csrf: Type.String(), ...fields })

/** A form without fields, which is a button; `next` is where to go on afterwards. */
export const Button = Form({ next: Type.Optional(Text(2000)) })

/** No page has longer fields; what is acceptable is said by the account it is for. */
const AnyText = Text(1000)
const Password = Type.String({ format: 'password' })
/** None, one or several boxes that are checked. */
const Choices = Type.Optional(Type.Union([AnyText, Type.Array(AnyText, { maxItems: 100 })]))

export const SignIn = Form({
  username: Text(1000, 1),
  password: Type.String({ format: 'password', minLength: 1 }),
  next: Type.Optional(Text(2000))
})
export const AddUser = Form({ username: AnyText, password: Password, roles: Choices })
export const SetPassword = Form({ password: Password })
export const SetRoles = Form({ roles: Choices })
export const ChangePassword = Form({ old_password: Password, new_password: Password })
export const AddRole = Form({ name: AnyText })

/** The texts of a field that can be given once, several times, or not at all; of what is no text, none. */
export function choices(given: unknown): string[] {
  return [given].flat().filter((one) => typeof one === 'string')
}

export const UserPath = Strict({ id: Id })
export const TokenPath = Strict({ id: Id, jti: Text(36, 1) })
export const SessionPath = Strict({ id: Id, key: Text(43, 1) })

export const UsersQuery = Strict({
  q: Type.Optional(AnyText),
  after: Type.Optional(AnyText),
  before: Type.Optional(AnyText)
})
export const TokensQuery = Strict({ before: Type.Optional(Text(36, 1)) })
