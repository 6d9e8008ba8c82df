// What the forms of the pages send. Most fields take any text: the code that uses them says what is wrong, in better words.

import { Type } from '@sinclair/typebox'
import { LAST_SIGN_INS, SORTS, STATES } from '../../plugins/admin-ui/account-list.ts'
import { Id, MAX_ID, Strict, Text } from '../../src/schemas.ts'

type Fields = Parameters<typeof Strict>[0]

/** A form: its fields, and the token that proves that it comes from these pages. */
export const Form = <Own extends Fields>(fields: Own) => Strict({ _csrf: Type.String(), ...fields })

/** A form without fields: a button. `next` is the page to open afterwards. */
export const Button = Form({ next: Type.Optional(Text(2000)) })

/** The longest text that a field takes. */
const AnyText = Text(1000)
const Password = Type.String({ format: 'password' })
/** What can be done to several users at once. */
export const CHANGES = ['disable', 'end-sign-ins'] as const
/** The checked boxes: none, one or several. */
const Choices = Type.Optional(Type.Union([AnyText, Type.Array(AnyText, { maxItems: 100 })]))

export const SignIn = Form({
  username: Text(1000, 1),
  password: Type.String({ format: 'password', minLength: 1 }),
  next: Type.Optional(Text(2000)),
  kept: Type.Optional(Text(12_000))
})
/** A form of any kind that arrives after its session has ended. */
export const AnyForm = Type.Record(Type.String(), Type.Unknown())
export const AddUser = Form({ username: AnyText, password: Password, roles: Choices })
export const SetPassword = Form({ password: Password })
/** What the form showed of the account: its state and its roles, as stateOf returns them. */
const Seen = Text(5000)
/** A button that changes the state of an account. */
export const StateButton = Form({ _seen: Seen })
export const SetRoles = Form({ roles: Choices, seen: Seen, confirmed: Type.Optional(Type.Literal('yes')) })
export const ChangePassword = Form({ old_password: Password, new_password: Password, repeated_password: Password })
export const AddRole = Form({ name: AnyText })

/** Returns the texts of a field that can occur once, several times, or not at all. */
export function choices(given: unknown): string[] {
  return [given].flat().filter((one) => typeof one === 'string')
}

/** Returns the ids in a field that can occur several times. Leaves out what is no id. */
export function chosenIds(given: unknown): number[] {
  const ids = choices(given).filter((text) => /^[1-9]\d{0,9}$/.test(text))
  return [...new Set(ids.map(Number))].filter((id) => id <= MAX_ID)
}

export const UserPath = Strict({ id: Id })
export const OwnTokenPath = Strict({ jti: Text(36, 1) })
export const OwnSessionPath = Strict({ key: Text(43, 1) })
export const TokenPath = Strict({ id: Id, ...OwnTokenPath.properties })
export const SessionPath = Strict({ id: Id, ...OwnSessionPath.properties })

/** One of some texts, or an empty one, which a list in a form sends for "any". */
const Choice = <const Values extends readonly string[]>(values: Values) =>
  Type.Optional(Type.Unsafe<Values[number] | ''>({ type: 'string', enum: ['', ...values] }))
/** The number of a slice, from 1. */
export const Page = Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 }))

export const UsersQuery = Strict({
  q: Type.Optional(AnyText),
  role: Type.Optional(AnyText),
  state: Choice(STATES),
  last: Choice(LAST_SIGN_INS),
  sort: Choice(SORTS),
  page: Page
})
export const ChosenQuery = Strict({ action: Choice(CHANGES), id: Choices, next: Type.Optional(Text(2000)) })
export const ChosenUsers = Form({ id: Choices, next: Type.Optional(Text(2000)) })
export const SessionsQuery = Strict({
  user: Type.Optional(AnyText),
  address: Type.Optional(AnyText),
  page: Page
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
