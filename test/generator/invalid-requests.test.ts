// What the command that adds a resource rejects, with a message for everything that is wrong.

import t from 'tap'
import type { Request } from '../../scripts/new/resource.ts'
import { InvalidRequest } from '../../scripts/work-tree.ts'
import { requested } from '../support/generated.ts'

type Cases = [request: Partial<Request>, message: RegExp][]

const NAMES: Cases = [
  [{ name: '' }, /^the name: a resource is named by/],
  [{ name: 'Visit' }, /^Visit: a resource is named by/],
  [{ name: 'visit_two' }, /^visit_two: /],
  [{ name: '../visit' }, /^\.\.\/visit: /],
  [{ name: 'v'.repeat(31) }, /at most 30 characters/],
  [{ name: 'user' }, /^user: exists already$/],
  [{ name: 'session' }, /^session: exists already$/],
  [{ name: 'auth' }, /^auth: exists already$/],
  [{ name: 'account' }, /^account: exists already$/],
  [{ name: 'refresh-token' }, /^refresh-token: exists already$/],
  [{ name: 'access-log' }, /^access-log: exists already$/],
  [{ name: 'sample' }, /^sample: exists already$/],
  [{ name: 'constructor' }, /^constructor: .* use the word constructor;/],
  [{ name: 'class' }, /^class: .* use the word class;/],
  [{ name: 'map' }, /^map: .* use the word Map;/],
  [{ name: 'error' }, /^error: .* use the word error;/],
  [{ name: 'message' }, /^message: .* use the word Message;/],
  [{ name: 'listing' }, /^listing: .* use the word listing;/],
  [{ name: 'reference' }, /^reference: .* use the word reference;/],
  [{ name: 'update' }, /^update: .* use the word update;/],
  [{ name: 'credentials', plural: 'x' }, /^credentials: .* use the word Credentials;/],
  [{ name: 'a-1', plural: 'a1' }, /^a-1: .* use the word a1;/],
  [{ name: 'sheep', plural: 'sheep' }, /^sheep: the plural must be another name/],
  [{ name: 'badge', plural: 'user', fields: 'owner:ref(user)' }, /^user: owner_id refers to the table of this name/]
]

const FIELDS: Cases = [
  [{ fields: '' }, /^a resource needs a field/],
  [{ fields: 'reason' }, /^reason: is not a field; write name:type/],
  [{ fields: 'Reason:flag' }, /^Reason:flag: is not a field/],
  [{ fields: '__proto__:integer' }, /is not a field/],
  [{ fields: "a:text(1)');--:flag" }, /is not a field/],
  [{ fields: 'reason:text' }, /^reason:text: text needs its longest length/],
  [{ fields: 'reason:text(0)' }, /^reason:text\(0\): text needs its longest length/],
  [{ fields: 'reason:text(1e3)' }, /text needs its longest length/],
  [{ fields: 'reason:string' }, /^reason:string: there is no type string; there are text\(<longest>\), integer/],
  [{ fields: 'reason:flag(1)' }, /flag takes nothing in parentheses/],
  [{ fields: 'a:flag a:real' }, /^a:real: the field a is there twice$/],
  [{ fields: 'id:integer' }, /^id:integer: the name id is taken$/],
  [{ fields: 'version:integer' }, /version is taken/],
  [{ fields: 'constructor:integer' }, /constructor is taken/],
  [{ fields: 'then:flag' }, /then is taken/],
  [{ fields: 'owner:ref(nobody)' }, /^owner:ref\(nobody\): there is no table nobody to refer to; there are .*user/],
  [{ fields: 'note:ref(session)' }, /there is no table session to refer to/],
  [{ fields: 'visit:ref(visit)' }, /^visit:ref\(visit\): the first record has no other to refer to/],
  [{ fields: 'owner:ref' }, /there is no table named to refer to/],
  [{ fields: 'owner:ref(user, restrict)' }, /write ref\(user\), ref\(user,cascade\) .*, or ref\(user,nested\)/],
  [{ fields: 'owner:ref(user, nested, nested)' }, /write ref\(user\)/],
  [{ fields: 'owner:ref(user, nested)' }, /the API has no user that is shown with its own fields only/],
  [{ fields: 'visit:ref(visit, nested)?' }, /the API has no visit that is shown with its own fields only/],
  [{ fields: 'note:ref(stop, nested)' }, /a stop has an owner, but would be shown to all who see this record/],
  [{ fields: 'about:ref(sample,nested) about:flag' }, /^about:flag: the field about is there twice$/],
  [{ fields: 'about:flag about:ref(sample,nested)' }, /the field about is there twice$/],
  [{ fields: 'state:choice' }, /^state:choice: a choice has from 2 to 20 values .* choice\(open\|closed\)$/],
  [{ fields: 'state:choice(open)' }, /a choice has from 2 to 20 values/],
  [{ fields: 'state:choice(open|open)' }, /a choice has from 2 to 20 values/],
  [{ fields: "state:choice(open|it's)" }, /a choice has from 2 to 20 values/],
  [{ fields: `state:choice(${Array.from({ length: 21 }, (_, index) => `v${index}`).join('|')})` }, /from 2 to 20/],
  [{ fields: 'state:choice(open|closed):default(lost)' }, /lost is no value of the type choice/],
  [{ fields: 'list:choice(a|b)' }, /the files of a resource already use the word VisitList/],
  [
    { fields: 'seats:integer(60..1)' },
    /write the smallest and the largest value.*: integer\(1\.\.60\), integer\(0\.\.\)/
  ],
  [{ fields: 'seats:integer(1..1)' }, /write the smallest and the largest value/],
  [{ fields: 'seats:integer(1)' }, /write the smallest and the largest value/],
  [{ fields: 'seats:integer(0.5..2)' }, /write the smallest and the largest value/],
  [{ fields: 'seats:integer(0..3000000000)' }, /write the smallest and the largest value/],
  [{ fields: 'seats:integer(1..60):default(61)' }, /61 is no value of the type integer/],
  [{ fields: 'seats:integer?:default(1)' }, /a field with a default need not be null/],
  [{ fields: "name:text(9):default(it's)" }, /it's is no value of the type text/],
  [{ fields: 'seen_at:instant:default(now)' }, /now is no value of the type instant/],
  [{ fields: 'name:text(9):unique:unique' }, /says the same twice/],
  [{ fields: 'name:text(9):uniq' }, /^name:text\(9\):uniq: :uniq is not known; there are :unique and :default/],
  [{ fields: 'name:text(7):unique' }, /the type text has too few values to be unique/],
  [{ fields: 'seats:integer(1..60):unique' }, /the type integer has too few values to be unique/],
  [{ fields: 'done:flag:unique' }, /the type flag has too few values to be unique/],
  [{ fields: 'name:text(9):unique:default(x)' }, /a unique field cannot have a default/],
  [{ fields: 'name:text(9) unique(name)' }, /^unique\(name\): name at least two fields/],
  [{ fields: 'name:text(9) unique(name,room)' }, /^unique\(name,room\): room is not a field$/],
  [{ fields: 'cost:real name:text(9) unique(name,cost)' }, /a real number is rarely equal/],
  [{ fields: 'done:flag lit:flag unique(done,lit)' }, /these fields together have too few values/],
  [{ fields: 'address:email(9)' }, /email takes nothing in parentheses/],
  [{ fields: 'owner:ref(user) owner_id:ref(user)' }, /the field owner_id is there twice/]
]

const LINKS: Cases = [
  [
    { fields: 'done:flag tags:many(nobody)' },
    /^tags:many\(nobody\): there is no table nobody to have many of; there are /
  ],
  [{ fields: 'tags:many' }, /there is no table named to have many of/],
  [{ fields: 'users:many(user)' }, /the API has no user that is shown with its own fields only/],
  [{ fields: 'done:flag tags:many(user)?' }, /^tags:many\(user\)\?: nothing can follow many\(user\)/],
  [{ fields: 'tags:many(user):unique' }, /nothing can follow many\(user\)/],
  [{ fields: 'Samples:many(sample)' }, /^Samples:many\(sample\): is not a field/],
  [{ fields: 'samples:many(sample)' }, /^a resource needs a field/],
  [{ fields: 'done:flag sample:many(sample)' }, /name the list in the plural/],
  [{ fields: 'done:flag samples:many(sample) samples:many(sample)' }, /lists have a parameter sample_id already/],
  [{ fields: 'sample:ref(sample) samples:many(sample)' }, /lists have a parameter sample_id already/],
  [{ fields: 'samples:flag samples:many(sample)' }, /the field samples is there twice/],
  [{ fields: 'done:flag visits:many(sample)' }, /the name visits is taken/],
  [{ fields: 'done:flag records:many(sample)' }, /the files of a resource already use the word records/],
  [{ fields: 'owner:ref(user) badges:many(badge)', owner: 'owner' }, /a badge has the field owner_id, too/],
  [{ fields: 'owner:ref(user) badges:many(badge)', subject: 'user' }, /a badge has the field owner_id, too/],
  [{ fields: `done:flag ${'x'.repeat(30)}s:many(sample)` }, /at most 30 characters/],
  [
    { name: 'visible', fields: 'done:flag samples:many(sample)' },
    /the files of a resource already use the word visible/
  ]
]

const FILTERS_AND_ROLES: Cases = [
  [{ fields: 'cost:real', filters: 'cost' }, /^cost: a real number cannot be a filter/],
  [{ filters: 'nothing' }, /^nothing: is not a field, so it cannot be a filter$/],
  [{ fields: 'limit:integer', filters: 'limit' }, /^limit: lists have a parameter of this name already/],
  [{ fields: 'q:text(9)', filters: 'q' }, /^q: lists have a parameter of this name already/],
  [{ fields: 'day:date day_to:flag', filters: 'day_to' }, /^day_to: lists have a parameter of this name already/],
  [{ name: 'access', fields: 'log:text(9)', filters: 'log' }, /^log: its index would have the name of a table$/],
  [{ roles: '' }, /^name a role that may call it/],
  [{ roles: 'User' }, /^User: a role is named by/],
  [{ owner: 'driver' }, /^driver: is not a field that refers to an account; add driver:ref\(user\) to the fields$/],
  [{ owner: 'reason' }, /^reason: is not a field that refers to an account/],
  [{ fields: 'driver:ref(user)?', owner: 'driver' }, /^driver: a record needs an owner/],
  [{ fields: 'driver:ref(user)', all: 'boss' }, /^--all: name the field with the owner/],
  [{ fields: 'driver:ref(user)', owner: 'driver', all: 'user' }, /^--all: it must not have every role$/],
  [
    { fields: 'code:text(9):unique driver:ref(user)', owner: 'driver' },
    /^unique: it would tell callers what records of other owners hold; write unique\(driver_id,code\)$/
  ],
  [{ fields: 'done:flag driver:ref(user) unique(driver,done)', owner: 'driver' }, /have too few values to be unique/],
  [{ fields: 'a:b c:d e', roles: '!' }, /^a:b: .*\nc:d: .*\ne: .*\n!: a role/]
]

for (const [what, cases] of Object.entries({
  names: NAMES,
  fields: FIELDS,
  links: LINKS,
  'filters and roles': FILTERS_AND_ROLES
})) {
  t.test(`${what} that cannot work are rejected, and everything that is wrong is named`, async (t) => {
    for (const [request, message] of cases) t.match(rejection(request), message, JSON.stringify(request))
  })
}

t.test('common words can be names', async (t) => {
  for (const name of ['change', 'page', 'label', 'note', 'count', 'event', 'filter', 'body-part']) {
    t.equal(rejection({ name }), undefined, name)
  }
})

t.test('fields that are unique together are named with or without the ending _id', async (t) => {
  const { unique } = requested({ fields: 'name:text(9):unique keeper:ref(user) room:integer unique(keeper, room)' })
  t.strictSame(
    unique.map((group) => group.map(({ name }) => name)),
    [['name'], ['keeper_id', 'room']]
  )
})

t.test('a reference gets the ending _id and may delete its records, and a role counts once', async (t) => {
  const fields = 'keeper:ref(user, cascade)? owner_id:ref(user) limit:integer'
  const resource = requested({ fields, roles: 'user, clerk user' })
  t.match(
    resource.fields.map(({ name, nullable, cascade }) => [name, nullable, cascade]),
    [
      ['keeper_id', true, true],
      ['owner_id', false, false],
      ['limit', false, false]
    ]
  )
  t.strictSame(resource.roles, ['user', 'clerk'])
})

/** Returns why a request is rejected, or undefined if it is not. */
function rejection(request: Partial<Request>): string | undefined {
  try {
    requested(request)
  } catch (error) {
    if (error instanceof InvalidRequest) return error.message
    throw error
  }
}
