// The German words about one account, and what is done to it. Part of de.ts.

import { createCounter } from './counter.ts'
import type { enActions } from './en-actions.ts'

const { number, count, word } = createCounter('de')

export const deActions: typeof enActions = {
  signIn: {
    title: 'Anmelden',
    failed: 'Sie sind nicht angemeldet.',
    hint: 'Hier können sich nur Konten mit der Rolle admin oder auditor anmelden.',
    again: 'Sie sind wieder angemeldet. Es wurde noch nichts geändert: Prüfen Sie das Formular und senden Sie es ab.',
    reasons: {
      ended:
        'Ihre Sitzung ist abgelaufen, Ihre Änderung wurde daher nicht ausgeführt. Melden Sie sich an und versuchen Sie es noch einmal.',
      kept: 'Ihre Sitzung ist abgelaufen, Ihre Änderung wurde daher nicht ausgeführt. Melden Sie sich an. Dann zeigt das Formular wieder Ihre Eingaben, außer Passwörtern.',
      'signed-out': 'Sie sind abgemeldet.',
      'role-removed':
        'Sie haben Ihre eigene Rolle admin abgegeben und sind abgemeldet. Um sich hier wieder anzumelden, brauchen Sie einen anderen Administrator, der sie Ihnen zurückgibt.'
    }
  },
  account: {
    title: 'Mein Konto',
    signOutOthers: 'Alle anderen abmelden …',
    before: 'Ihre vorletzte Anmeldung:',
    from: ', von',
    wasThatYou: 'Waren Sie das? Wenn nicht, ändern Sie Ihr Passwort.',
    passwordHint: 'Ein neues Passwort beendet Ihre Token und Ihre anderen Sitzungen.',
    change: 'Passwort ändern',
    devices: 'Meine Geräte',
    signIns: 'Meine Anmeldungen',
    pages: 'diese Seiten',
    api: 'die API',
    noSignIns: 'Das Protokoll enthält keine Anmeldungen.',
    isWrong: 'ist falsch',
    isNotTheSame: 'stimmt nicht mit dem neuen Passwort überein',
    changed: 'Ihr Passwort wurde geändert. Ihre Token und Ihre anderen Sitzungen sind beendet.'
  },
  user: {
    signOut: 'Überall abmelden …',
    enable: 'Aktivieren',
    disable: 'Deaktivieren …',
    delete: 'Löschen …',
    lockedUntil: 'Dieses Konto ist gesperrt bis',
    locked: '',
    lockedEverywhere:
      'Es gab zu viele falsche Passwörter von mehreren Adressen. Niemand kann sich mit dem Konto anmelden.',
    lockedFor: (networks) => `für ${networks}, nach zu vielen falschen Passwörtern von dort.`,
    showFailed: 'Gescheiterte Anmeldungen anzeigen',
    change: 'ändern',
    signedInOn: (value) => `Angemeldet auf ${count(value, 'Gerät', 'Geräten')}`,
    devices: 'Geräte',
    ownPassword: 'Ihr eigenes Passwort ändern Sie unter',
    yourAccount: 'Mein Konto',
    passwordHint: 'Ein neues Passwort beendet alle Token und Sitzungen des Benutzers.',
    setPassword: 'Passwort setzen',
    generate: 'Passwort erzeugen …',
    boxes: 'Die Kästchen zeigen die jetzigen Rollen mit Ihren Änderungen.',
    changeRoles: 'Rollen ändern',
    history: 'Verlauf',
    latest: (value) => `Nur die letzten ${number(value)} Änderungen werden angezeigt.`,
    noHistory: 'Es sind keine Änderungen verzeichnet.',
    activityAbout: 'Aktivität zu diesem Konto',
    activityOf: 'Aktivität dieses Benutzers',
    emptyPassword: 'ist leer. Geben Sie eines ein oder lassen Sie eines erzeugen',
    hasPassword: (name) => `${name} hat ein neues Passwort. Alle Token und Sitzungen sind beendet.`,
    hasGenerated: (name) =>
      `${name} hat ein neues Passwort. Alle Token und Sitzungen sind beendet. Das neue Passwort lautet:`,
    enabled: 'Das Konto wurde aktiviert.',
    disabled: 'Das Konto wurde deaktiviert. Alle Token und Sitzungen sind beendet.',
    unlocked: 'Das Konto wurde entsperrt.',
    wasDeleted: (name) => `${name} wurde gelöscht.`,
    wasAdded: (name) => `${name} wurde hinzugefügt.`,
    wasAddedWith: (name) => `${name} wurde mit diesem Passwort hinzugefügt:`,
    rolesChanged: 'Die Rollen wurden geändert.',
    gaveUp: 'Sie haben Ihre eigene Rolle admin abgegeben. Nur ein anderer Administrator kann sie Ihnen zurückgeben.',
    stateWithRoles: (state, roles) =>
      roles.length === 0
        ? `${state}, ohne Rolle`
        : `${state}, mit ${word(roles.length, 'der Rolle', 'den Rollen')} ${roles.join(', ')}`
  },
  events: {
    'no role': 'keine Rolle',
    'account added': 'Konto hinzugefügt',
    'account deleted': 'Konto gelöscht',
    'account disabled': 'Konto deaktiviert',
    'account enabled': 'Konto aktiviert',
    'account unlocked': 'Konto entsperrt',
    'password changed': 'Passwort geändert',
    'roles changed': 'Rollen geändert',
    'role added': 'Rolle hinzugefügt',
    'role deleted': 'Rolle gelöscht',
    'session ended': 'Sitzung beendet',
    'sessions ended': 'Sitzungen beendet',
    'token blocked': 'Token blockiert',
    'token ended': 'Token beendet',
    'token unblocked': 'Token freigegeben',
    'all tokens blocked': 'alle Token blockiert',
    'all tokens ended': 'alle Token beendet',
    'all tokens unblocked': 'alle Token freigegeben'
  },
  devices: {
    unnamed: 'Es hat sich nicht zu erkennen gegeben.',
    unknown: 'unbekanntes Gerät',
    on: (browser, system) => `${browser} auf ${system}`,
    unblockAll: 'Alle freigeben',
    tokens: 'Token',
    about: (device, since) => `${device}, angemeldet ${since}`,
    blocked: 'blockiert',
    byAdministrator: 'von einem Administrator',
    unblock: 'Freigeben',
    latest: 'Nur die letzten Geräte werden angezeigt.',
    noDevice: 'Kein Gerät ist angemeldet.',
    earlier: 'Frühere beendete Token',
    ended: (value, areMore) => `${areMore ? 'Mehr als ' : ''}${count(value, 'beendetes', 'beendete')}`,
    noEarlier: 'Es gibt keine früheren.',
    slices: 'Seiten der beendeten Token',
    newest: 'Neueste',
    loggedOut: 'abgemeldet',
    reused: 'nach dem Umtausch noch einmal benutzt',
    isOver: 'beendet',
    whyOver: 'Passwort geändert oder Konto deaktiviert',
    expired: 'abgelaufen',
    noneNow: 'Zurzeit ist kein Gerät angemeldet.',
    signedOut: (all, tokens, browsers, areMore) => {
      const parts = [
        tokens && count(tokens, 'Programm mit API-Token', 'Programme mit API-Token'),
        browsers && count(browsers, 'Browser mit Websitzung', 'Browser mit Websitzung')
      ].filter(Boolean)
      const devices = count(all, 'Gerät wird', 'Geräte werden')
      return `${areMore ? 'Mehr als ' : ''}${devices} sofort abgemeldet: ${parts.join(' und ')}.`
    },
    areUnblocked: 'Alle Token, die ein Administrator blockiert hatte, gelten wieder.',
    tokenBlocked: 'Das Token wurde blockiert, ebenso alle damit ausgestellten Zugriffstoken.',
    tokenEnded: 'Das Gerät ist abgemeldet.',
    tokenUnblocked: 'Das Token wurde freigegeben.',
    sessionEnded: 'Die Sitzung wurde beendet.',
    othersSignedOut: 'Alle Ihre anderen Geräte sind abgemeldet.',
    isSignedOut: (name) => `${name} ist überall abgemeldet.`
  },
  chosen: {
    verb: (action, value) =>
      action === 'disable'
        ? `${count(value, 'Konto', 'Konten')} deaktivieren`
        : `Anmeldungen von ${count(value, 'Konto', 'Konten')} beenden`,
    effects: (action, value, devices) => {
      const these = word(value, 'Dieses Konto ist', 'Diese Konten sind')
      const it = word(value, 'diesem Konto', 'diesen Konten')
      const until = `Bis zur erneuten Aktivierung kann sich mit ${it} niemand anmelden.`
      const ends = 'Alle Token und Sitzungen enden sofort.'
      const isDisabled = action === 'disable'
      return `${these} auf ${count(devices, 'Gerät', 'Geräten')} angemeldet. ${ends}${isDisabled ? ` ${until}` : ''}`
    },
    own: 'Eines davon ist Ihr eigenes Konto. Diese Sitzung bleibt bestehen.',
    leftOut: (names) => `Ausgelassen, weil bereits deaktiviert oder Ihr eigenes Konto: ${names.join(', ')}.`,
    nothing: 'Nichts zu ändern',
    allLeftOut: 'Ihre Auswahl ist bereits deaktiviert oder Ihr eigenes Konto.',
    noneChosen:
      'Sie haben keine Benutzer ausgewählt. Gehen Sie zurück und setzen Sie Häkchen in den Kästchen vor den Namen.',
    back: 'Zurück zu den Benutzern',
    disabled: (value, failed) => {
      const remains = `${failed.join(', ')}: nicht deaktiviert, weil ein Administrator übrig bleiben muss.`
      const done = `${count(value, 'Konto wurde', 'Konten wurden')} deaktiviert. Alle Token und Sitzungen sind beendet.`
      return failed.length > 0 ? `${done} ${remains}` : done
    },
    signedOut: (value) => `${count(value, 'Konto wurde', 'Konten wurden')} überall abgemeldet.`
  }
}
