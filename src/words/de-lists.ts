// The German words of the lists of users, sessions and roles. Part of de.ts.

import { createCounter } from './counter.ts'
import type { enLists } from './en-lists.ts'

const { number, count } = createCounter('de')

export const deLists: typeof enLists = {
  users: {
    title: 'Benutzer',
    add: 'Benutzer hinzufügen',
    addButton: 'Benutzer hinzufügen',
    passwordHint: 'Lassen Sie das Feld leer, um ein Passwort zu erzeugen. Es wird einmal angezeigt.',
    withoutRole: 'ohne Rolle',
    inactive: (days) => `seit ${days} Tagen nicht`,
    chosen: 'Ausgewählte Benutzer',
    choose: 'Auswählen:',
    devices: (value) => count(value, 'Gerät', 'Geräte'),
    notSignedIn: 'nein',
    endSignIns: 'Anmeldungen beenden …',
    disable: 'Deaktivieren …',
    total: (value) => `${number(value)} Benutzer`,
    beyond: 'Auf dieser Seite sind keine Benutzer.',
    noName: (text, isFiltered) => `Kein Name enthält „${text}“${isFiltered ? ', mit diesem Filter' : ''}.`,
    noMatch: 'Kein Benutzer passt zu diesem Filter.',
    slices: 'Seiten der Benutzer',
    quoted: (text) => `„${text}“`,
    page: (value) => `Seite ${value}`
  },
  sessions: {
    title: 'Sitzungen',
    address: 'Adresse',
    total: (value) => count(value, 'Gerät ist angemeldet', 'Geräte sind angemeldet'),
    end: 'Beenden',
    endAll: 'Alle beenden …',
    allOf: (user) => `von ${user}`,
    about: (device, user, since) => `${device} von ${user}, angemeldet ${since}`,
    beyond: 'Auf dieser Seite sind keine Sitzungen.',
    noMatch: 'Mit diesem Namen oder dieser Adresse ist niemand angemeldet.',
    nobody: 'Niemand ist angemeldet.',
    slices: 'Seiten der Sitzungen'
  },
  roles: {
    title: 'Rollen',
    paths: 'Pfade',
    pathsOf: (role) => `, die ${role} aufrufen darf`,
    withRole: (value, role) => `${number(value)} mit der Rolle ${role}`,
    nothing: 'nichts, bis eine Route es erlaubt',
    needed: 'vom Server benötigt',
    assigned: 'Benutzern zugewiesen',
    delete: 'Löschen',
    theRole: (role) => `der Rolle ${role}`,
    add: 'Rolle hinzufügen',
    addButton: 'Rolle hinzufügen',
    hint: 'Eine Rolle darf nichts, bis eine Route es erlaubt.',
    rights: { read: 'lesen', add: 'anlegen', change: 'ändern', delete: 'löschen' },
    ownAccount: 'das eigene Konto',
    pages: 'diese Seiten',
    wasAdded: (role) => `Die Rolle ${role} wurde hinzugefügt.`,
    wasDeleted: (role) => `Die Rolle ${role} wurde gelöscht.`
  }
}
