// What the forms of the pages send. Most fields take any text: the code that uses them says what is wrong, in better words.

import { Type } from '@sinclair/typebox'
import { Id, Strict, Text } from '../../src/schemas.ts'

type Fields = Parameters<typeof Strict>[0]

/** A form: its fields, and the token that proves that it comes from these pages. */
export const Form = <Own extends Fields>(fields: Own) => Strict({ _csrf: Type.String(), ...fields })

/** A form without fields: a button. `next` is the page to open afterwards. */
export const Button = Form({ next: Type.Optional(Text(2000)) })

/** The longest text that a field takes. */
const AnyText = Text(1000)
const Password = Type.String({ format: 'password' })
/** The checked boxes: none, one or several. */
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

/** Returns the texts of a field that can occur once, several times, or not at all. */
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
export const ActivityQuery = Strict({
  view: Type.Optional(AnyText),
  user: Type.Optional(AnyText),
  record: Type.Optional(AnyText),
  address: Type.Optional(AnyText),
  method: Type.Optional(AnyText),
  route: Type.Optional(AnyText),
  outcome: Type.Optional(AnyText),
  from: Type.Optional(AnyText),
  to: Type.Optional(AnyText),
  before: Type.Optional(AnyText)
})
export const LoggedPath = Strict({ row: Text(16, 1) })
