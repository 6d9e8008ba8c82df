// The English words of the pages that ask first, of the access log, and of errors. Part of en.ts.

import { createCounter } from './counter.ts'

const { number, count } = createCounter('en')

export const enQuestions = {
  questions: {
    delete: (name: string) => `Delete ${name}?`,
    deleteButton: (name: string) => `Delete ${name}`,
    deleteEffect:
      'This deletes the account with its roles, tokens and sessions at once. You cannot undo it. The access log keeps what the account did, under its name.',
    disableInstead: 'To lock the account without deleting it, disable it instead.',
    disable: (name: string) => `Disable ${name}?`,
    disableButton: (name: string) => `Disable ${name}`,
    disableEffect:
      'Nobody can sign in with the account until it is enabled again. Then every device must sign in anew.',
    generate: (name: string) => `Generate a new password for ${name}?`,
    generateEffect: (name: string) =>
      `The password that ${name} has now stops working. The next page shows the new one, once, so that you can pass it on.`,
    generateButton: 'Generate a password',
    signOutOthers: 'Sign out all your other devices?',
    signOut: (name: string) => `Sign ${name} out everywhere?`,
    othersEffect: 'This session stays. The password stays the same, so every device can sign in again with it.',
    signOutEffect: (name: string) =>
      `The account stays enabled, and its password stays the same: ${name} can sign in again.`,
    unblockEffect: 'Programs with API tokens can be let in again with “Unblock all”. Sessions cannot.',
    othersButton: 'Sign out all others',
    signOutButton: (name: string) => `Sign out ${name} everywhere`,
    giveAdmin: (name: string) => `Give ${name} the role admin?`,
    giveEffects: (name: string, roles: string[]) => [
      `${name} will be able to do everything on these pages: add, change and delete users, give and take roles, sign users out, and read the access log.`,
      `The roles of ${name} will be: ${roles.join(', ')}. They take effect at once, and no device is signed out.`
    ],
    giveButton: (name: string) => `Give ${name} the role admin`,
    giveUp: 'Give up your own role admin?',
    giveUpEffects: (keepsAuditor: boolean, browsers: number) => [
      'You will not be able to see or change users and roles any more.',
      keepsAuditor
        ? 'You stay signed in, and can still open the activity and your own account, because you keep the role auditor.'
        : `You are signed out of these pages at once, in ${count(browsers, 'browser', 'browsers')}, this one included, and cannot sign in here again.`,
      'You cannot undo this yourself: only another administrator can give the role back. Your API tokens keep working, with the roles that remain.'
    ],
    giveUpButton: 'Give up the role admin'
  },
  activity: {
    title: 'Activity',
    kinds: 'Kinds of activity',
    views: {
      '': 'Everything',
      'failed-sign-ins': 'Failed sign-ins',
      refused: 'Refused',
      changes: 'Administrators’ changes'
    } as Record<string, string>,
    failed: 'The filter was not applied.',
    method: 'Method',
    route: 'Route',
    hint: 'A record is written as its table and id, such as user/7.',
    leftOut: 'The style sheet and the health checks are left out.',
    tried: 'tried',
    more: (value: number) => `+ ${number(value)} more`,
    nothing: 'Nothing so far.',
    noMatch: 'Nothing matches this filter.',
    noOlder: 'There is no older activity.',
    searchedTo: 'Searched back to',
    goesOn: 'The log goes on.',
    slices: 'Pages of activity',
    newest: 'Newest',
    further: 'Search further back',
    noOutcome: (names: string) => `must be one of ${names}`,
    noRecord: 'must be a table and an id, such as user/7',
    noDate: 'must be a date such as 2024-02-29',
    /** What a request does, by its action. */
    actions: {} as Record<string, string>,
    /** What a request does, where its action and path do not say it in words that everybody understands. */
    requests: {
      'POST /login': 'sign in',
      'POST /logout': 'sign out',
      'POST /api/auth': 'sign in',
      'DELETE /api/auth': 'sign out',
      'GET /api/auth': 'get an access token',
      'POST /api/auth/refresh': 'get new tokens',
      'PUT /api/auth/password': 'change one’s own password',
      'POST /users/new': 'add a user',
      'POST /users/:id/roles': 'change roles',
      'POST /users/:id/password': 'set a password',
      'POST /users/:id/password/generate': 'generate a password',
      'POST /users/:id/disable': 'disable',
      'POST /users/:id/enable': 'enable',
      'POST /users/:id/unlock': 'unlock',
      'POST /users/:id/delete': 'delete',
      'POST /users/:id/sign-out': 'sign out everywhere',
      'POST /users/:id/sessions/:key/end': 'sign out a device',
      'POST /users/:id/tokens/:jti/block': 'sign out a device',
      'POST /users/:id/tokens/:jti/unblock': 'unblock a device',
      'POST /users/:id/tokens/unblock': 'unblock all devices',
      'POST /chosen-users/disable': 'disable several users',
      'POST /chosen-users/end-sign-ins': 'sign out several users',
      'POST /roles': 'add a role',
      'POST /roles/:id/delete': 'delete a role',
      'POST /account/password': 'change one’s own password',
      'POST /account/sign-out': 'sign out one’s other devices',
      'POST /account/sessions/:key/end': 'sign out one’s own device',
      'POST /account/tokens/:jti/block': 'sign out one’s own device'
    } as Record<string, string>,
    /** How a request ended: in a list of choices, and beside a request. */
    outcomes: {} as Record<string, string>,
    done: 'done',
    notRecorded: 'not recorded'
  },
  request: {
    title: 'Request',
    standsFor: 'Stands for',
    more: (value: number) => `${number(value)} more requests of this client within a minute`,
    took: 'Took',
    account: (id: number) => `(account ${id})`,
    triedAs: 'Tried to sign in as',
    rolesThen: 'Roles then',
    identifiedBy: 'Identified by',
    nothing: 'nothing',
    action: 'Action',
    id: 'Request id',
    answeredBy: 'Answered by',
    subjects: 'Whose data it was',
    onlyFirst: (value: number) => `Only the first ${number(value)} are shown.`,
    nobody: 'Nobody’s.',
    moreActivity: 'More activity',
    ofUser: 'Of this user',
    fromAddress: 'From this address'
  },
  errors: {
    checkFirst: 'If you were changing something, check whether the change was made before you try again.',
    tellNumber: 'If it happens again, give your administrators this request number:',
    isKept: 'What you typed is kept, except passwords. Nothing was changed.',
    openAgain: 'Open the page again',
    toStart: 'Go to the start page',
    exists: { user: 'User already exists', role: 'This role already exists' },
    later: 'Try again later',
    in: (seconds: number) =>
      `Try again in ${seconds < 60 ? `${seconds} seconds` : count(Math.ceil(seconds / 60), 'minute', 'minutes')}`,
    /** The heading of the page of an error. `reason` is that of HTTP. */
    heading: (_statusCode: number, reason: string) => reason,
    /** An error in a sentence without its full stop. `message` is that of the API. */
    text: (_code: string, message: string) => message,
    /** What is wrong with a field. `message` is that of the API. */
    problem: (message: string) => message,
    /** The same with the name of the field. A problem that starts with a capital letter needs none. */
    ofField: (label: string, problem: string) => (/^\p{Lu}/u.test(problem) ? problem : `${label} ${problem}`)
  }
}
