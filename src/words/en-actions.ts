// The English words about one account, what is done to it, the access log, and errors. Part of en.ts.

import { createCounter } from './counter.ts'

const { number, count, word } = createCounter('en')

export const enActions = {
  signIn: {
    title: 'Sign in',
    failed: 'You are not signed in.',
    hint: 'Only accounts with the role admin or auditor can sign in here.',
    again: 'You are signed in again. Nothing was changed yet: check the form, and send it.',
    reasons: {
      ended: 'Your session has ended, so your change was not made. Sign in and try again.',
      kept: 'Your session has ended, so your change was not made. Sign in, and the form shows again what you typed, except passwords.',
      'signed-out': 'You are signed out.',
      'role-removed':
        'You have removed your own role admin, and are signed out. To sign in here again, you need another administrator who gives it back.'
    }
  },
  account: {
    title: 'Your account',
    signOutOthers: 'Sign out all others …',
    before: 'Your sign-in before the latest:',
    from: ', from',
    wasThatYou: 'Was that you? If not, change your password.',
    passwordHint: 'A new password ends your tokens and your other sessions.',
    change: 'Change password',
    devices: 'Your devices',
    signIns: 'Your sign-ins',
    pages: 'these pages',
    api: 'the API',
    noSignIns: 'The log has no sign-ins.',
    isWrong: 'is wrong',
    isNotTheSame: 'is not the same as the new password',
    changed: 'Your password was changed. Your tokens and your other sessions have ended.'
  },
  user: {
    signOut: 'Sign out everywhere …',
    enable: 'Enable',
    disable: 'Disable …',
    delete: 'Delete …',
    lockedUntil: 'This account is locked until',
    locked: '',
    lockedEverywhere: 'There were too many wrong passwords, from several addresses. Nobody can sign in with it.',
    lockedFor: (networks: string) => `for ${networks}, after too many wrong passwords from there.`,
    showFailed: 'Show the failed sign-ins',
    change: 'change',
    signedInOn: (value: number) => `Signed in on ${count(value, 'device', 'devices')}`,
    devices: 'Devices',
    ownPassword: 'To change your own password, go to',
    yourAccount: 'your account',
    passwordHint: 'A new password ends all tokens and sessions of the user.',
    setPassword: 'Set password',
    generate: 'Generate a password …',
    boxes: 'The boxes have the roles of now, with what you changed.',
    changeRoles: 'Change roles',
    history: 'History',
    latest: (value: number) => `Only the latest ${number(value)} changes are shown.`,
    noHistory: 'No changes are recorded.',
    activityAbout: 'Activity about this account',
    activityOf: 'Activity of this user',
    emptyPassword: 'is empty. Type one, or let the server generate one',
    hasPassword: (name: string) => `${name} has a new password. All tokens and sessions have ended.`,
    hasGenerated: (name: string) =>
      `${name} has a new password. All tokens and sessions have ended. The new password is:`,
    enabled: 'The account was enabled.',
    disabled: 'The account was disabled. All tokens and sessions have ended.',
    unlocked: 'The account was unlocked.',
    wasDeleted: (name: string) => `${name} was deleted.`,
    wasAdded: (name: string) => `${name} was added.`,
    wasAddedWith: (name: string) => `${name} was added, with this password:`,
    rolesChanged: 'The roles were changed.',
    gaveUp: 'You have given up your own role admin. Only another administrator can give it back.',
    stateWithRoles: (state: string, roles: string[]) =>
      roles.length === 0
        ? `${state}, with no role`
        : `${state}, with the ${word(roles.length, 'role', 'roles')} ${roles.join(', ')}`
  },
  /** The changes in a history, and what an account had before or after one, by their name in the table. */
  events: {} as Record<string, string>,
  devices: {
    unnamed: 'It did not say what it is.',
    unknown: 'unknown device',
    on: (browser: string, system: string) => `${browser} on ${system}`,
    unblockAll: 'Unblock all',
    tokens: 'tokens',
    about: (device: string, since: string) => `${device}, signed in ${since}`,
    blocked: 'blocked',
    byAdministrator: 'by an administrator',
    unblock: 'Unblock',
    latest: 'Only the latest devices are shown.',
    noDevice: 'No device is signed in.',
    earlier: 'Earlier tokens that have ended',
    ended: (value: number, areMore: boolean) =>
      areMore ? `More than ${number(value)} that have ended` : count(value, 'that has ended', 'that have ended'),
    noEarlier: 'There are no earlier ones.',
    slices: 'Pages of ended tokens',
    newest: 'Latest',
    loggedOut: 'logged out',
    reused: 'used again after it was exchanged',
    isOver: 'ended',
    whyOver: 'password changed or account disabled',
    expired: 'expired',
    noneNow: 'No device is signed in now.',
    signedOut: (all: number, tokens: number, browsers: number, areMore: boolean) => {
      const parts = [
        tokens && count(tokens, 'program with an API token', 'programs with API tokens'),
        browsers && count(browsers, 'browser with a web session', 'browsers with web sessions')
      ].filter(Boolean)
      const verb = word(all, 'is', 'are')
      return `${areMore ? 'More than ' : ''}${count(all, 'device', 'devices')} ${verb} signed out at once: ${parts.join(' and ')}.`
    },
    areUnblocked: 'All tokens that an administrator had blocked work again.',
    tokenBlocked: 'The token was blocked, and so were all access tokens issued from it.',
    tokenEnded: 'The device is signed out.',
    tokenUnblocked: 'The token was unblocked.',
    sessionEnded: 'The session was ended.',
    othersSignedOut: 'All your other devices are signed out.',
    isSignedOut: (name: string) => `${name} is signed out everywhere.`
  },
  chosen: {
    verb: (action: string, value: number) =>
      `${action === 'disable' ? 'Disable' : 'End the sign-ins of'} ${count(value, 'account', 'accounts')}`,
    effects: (action: string, value: number, devices: number) => {
      const [these, its, it, itIs] =
        value === 1 ? ['This account is', 'its', 'it', 'it is'] : ['These accounts are', 'their', 'them', 'they are']
      const until = action === 'disable' ? `, and nobody can sign in with ${it} until ${itIs} enabled again` : ''
      return `${these} signed in on ${count(devices, 'device', 'devices')}. All ${its} tokens and sessions end at once${until}.`
    },
    own: 'One of them is your own account. This session stays open.',
    leftOut: (names: string[]) =>
      `Left out, because ${word(names.length, 'it is', 'they are')} disabled already or your own: ${names.join(', ')}.`,
    nothing: 'Nothing to change',
    allLeftOut: 'What you chose is disabled already, or your own account.',
    noneChosen: 'You chose no users. Go back, and check the boxes before their names.',
    back: 'Back to the users',
    disabled: (value: number, failed: string[]) =>
      `${count(value, 'account was', 'accounts were')} disabled. All their tokens and sessions have ended.${
        failed.length > 0 ? ` ${failed.join(', ')} cannot be disabled: one administrator must remain.` : ''
      }`,
    signedOut: (value: number) => `${count(value, 'account was', 'accounts were')} signed out everywhere.`
  }
}
