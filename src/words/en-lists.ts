// The English words of the lists of users, sessions and roles. Part of en.ts.

import { createCounter } from './counter.ts'

const { number, count } = createCounter('en')

export const enLists = {
  users: {
    title: 'Users',
    add: 'Add a user',
    addButton: 'Add user',
    passwordHint: 'Leave it empty to generate a password, which is shown once.',
    withoutRole: 'without a role',
    inactive: (days: number) => `not for ${days} days`,
    chosen: 'Chosen users',
    choose: 'Choose',
    devices: (value: number) => count(value, 'device', 'devices'),
    notSignedIn: 'no',
    endSignIns: 'End sign-ins …',
    disable: 'Disable …',
    total: (value: number) => count(value, 'user', 'users'),
    beyond: 'There are no users on this page.',
    noName: (text: string, isFiltered: boolean) =>
      `No name contains “${text}”${isFiltered ? ', with this filter' : ''}.`,
    noMatch: 'No user matches this filter.',
    slices: 'Pages of users',
    quoted: (text: string) => `“${text}”`,
    page: (value: string) => `page ${value}`
  },
  sessions: {
    title: 'Sessions',
    address: 'Address',
    total: (value: number) => count(value, 'device is signed in', 'devices are signed in'),
    end: 'End',
    endAll: 'End all …',
    allOf: (user: string) => `of ${user}`,
    about: (device: string, user: string, since: string) => `${device} of ${user}, signed in ${since}`,
    beyond: 'There are no sessions on this page.',
    noMatch: 'Nobody is signed in with this name or address.',
    nobody: 'Nobody is signed in.',
    slices: 'Pages of sessions'
  },
  roles: {
    title: 'Roles',
    paths: 'Paths',
    pathsOf: (role: string) => `that ${role} may call`,
    withRole: (value: number, role: string) => `${number(value)} with the role ${role}`,
    nothing: 'nothing until a route allows it',
    needed: 'needed by the server',
    assigned: 'assigned to users',
    delete: 'Delete',
    theRole: (role: string) => `the role ${role}`,
    add: 'Add a role',
    addButton: 'Add role',
    hint: 'A role may call nothing until a route allows it.',
    rights: { read: 'read', add: 'add', change: 'change', delete: 'delete' } as Record<string, string>,
    ownAccount: 'their own account',
    pages: 'these pages',
    wasAdded: (role: string) => `The role ${role} was added.`,
    wasDeleted: (role: string) => `The role ${role} was deleted.`
  }
}
