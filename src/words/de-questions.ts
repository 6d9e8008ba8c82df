// The German words of the pages that ask first, and of the access log. Part of de.ts.

import { createCounter } from './counter.ts'
import { deErrors } from './de-errors.ts'
import type { enQuestions } from './en-questions.ts'

const { number, count } = createCounter('de')

export const deQuestions: typeof enQuestions = {
  errors: deErrors,
  questions: {
    delete: (name) => `${name} löschen?`,
    deleteButton: (name) => `${name} löschen`,
    deleteEffect:
      'Das Konto wird sofort mit seinen Rollen, Token und Sitzungen gelöscht. Sie können das nicht rückgängig machen. Das Zugriffsprotokoll behält unter seinem Namen, was das Konto getan hat.',
    disableInstead: 'Um das Konto zu sperren, ohne es zu löschen, deaktivieren Sie es.',
    disable: (name) => `${name} deaktivieren?`,
    disableButton: (name) => `${name} deaktivieren`,
    disableEffect:
      'Niemand kann sich mit dem Konto anmelden, bis es wieder aktiviert wird. Danach muss sich jedes Gerät neu anmelden.',
    generate: (name) => `Neues Passwort für ${name} erzeugen?`,
    generateEffect: (name) =>
      `Das jetzige Passwort von ${name} gilt dann nicht mehr. Die nächste Seite zeigt das neue einmal an, damit Sie es weitergeben können.`,
    generateButton: 'Passwort erzeugen',
    signOutOthers: 'Alle Ihre anderen Geräte abmelden?',
    signOut: (name) => `${name} überall abmelden?`,
    othersEffect:
      'Diese Sitzung bleibt bestehen. Das Passwort bleibt gleich, jedes Gerät kann sich damit also wieder anmelden.',
    signOutEffect: (name) =>
      `Das Konto bleibt aktiv, und sein Passwort bleibt gleich: ${name} kann sich wieder anmelden.`,
    unblockEffect: 'Programme mit API-Token lassen sich mit „Alle freigeben“ wieder zulassen, Sitzungen nicht.',
    othersButton: 'Alle anderen abmelden',
    signOutButton: (name) => `${name} überall abmelden`,
    giveAdmin: (name) => `${name} die Rolle admin geben?`,
    giveEffects: (name, roles) => [
      `${name} kann dann alles auf diesen Seiten: Benutzer anlegen, ändern und löschen, Rollen geben und nehmen, Benutzer abmelden und das Zugriffsprotokoll lesen.`,
      `Die Rollen von ${name} sind dann: ${roles.join(', ')}. Sie gelten sofort, und kein Gerät wird abgemeldet.`
    ],
    giveButton: (name) => `${name} die Rolle admin geben`,
    giveUp: 'Die eigene Rolle admin abgeben?',
    giveUpEffects: (keepsAuditor, browsers) => [
      'Sie können Benutzer und Rollen dann weder sehen noch ändern.',
      keepsAuditor
        ? 'Sie bleiben angemeldet und können weiterhin die Aktivität und Ihr eigenes Konto öffnen, weil Sie die Rolle auditor behalten.'
        : `Sie werden sofort von diesen Seiten abgemeldet, in ${count(browsers, 'Browser', 'Browsern')} einschließlich diesem, und können sich hier nicht wieder anmelden.`,
      'Sie können das nicht selbst rückgängig machen: Nur ein anderer Administrator kann Ihnen die Rolle zurückgeben. Ihre API-Token gelten weiter, mit den verbleibenden Rollen.'
    ],
    giveUpButton: 'Rolle admin abgeben'
  },
  activity: {
    title: 'Aktivität',
    kinds: 'Arten der Aktivität',
    views: {
      '': 'Alles',
      'failed-sign-ins': 'Gescheiterte Anmeldungen',
      refused: 'Abgelehnt',
      changes: 'Änderungen durch Administratoren'
    },
    failed: 'Der Filter wurde nicht angewendet.',
    method: 'Methode',
    route: 'Pfad',
    hint: 'Einen Datensatz geben Sie mit Tabelle und Nummer an, zum Beispiel user/7.',
    leftOut: 'Das Stylesheet und die Prüfungen des Servers werden ausgelassen.',
    tried: 'versucht',
    more: (value) => `+ ${number(value)} weitere`,
    nothing: 'Bisher nichts.',
    noMatch: 'Nichts passt zu diesem Filter.',
    noOlder: 'Es gibt keine ältere Aktivität.',
    searchedTo: 'Durchsucht bis',
    goesOn: 'Das Protokoll geht weiter.',
    slices: 'Seiten der Aktivität',
    newest: 'Neueste',
    further: 'Weiter zurück suchen',
    noOutcome: (names) => `muss eines von diesen sein: ${names}`,
    noRecord: 'muss aus Tabelle und Nummer bestehen, zum Beispiel user/7',
    noDate: 'muss ein Datum sein, zum Beispiel 2024-02-29',
    actions: { create: 'anlegen', read: 'lesen', update: 'ändern', delete: 'löschen', execute: 'ausführen' },
    requests: {
      'POST /login': 'anmelden',
      'POST /logout': 'abmelden',
      'POST /api/auth': 'anmelden',
      'DELETE /api/auth': 'abmelden',
      'GET /api/auth': 'Zugriffstoken holen',
      'POST /api/auth/refresh': 'neue Token holen',
      'PUT /api/auth/password': 'eigenes Passwort ändern',
      'POST /users/new': 'Benutzer hinzufügen',
      'POST /users/:id/roles': 'Rollen ändern',
      'POST /users/:id/password': 'Passwort setzen',
      'POST /users/:id/password/generate': 'Passwort erzeugen',
      'POST /users/:id/disable': 'deaktivieren',
      'POST /users/:id/enable': 'aktivieren',
      'POST /users/:id/unlock': 'entsperren',
      'POST /users/:id/delete': 'löschen',
      'POST /users/:id/sign-out': 'überall abmelden',
      'POST /users/:id/sessions/:key/end': 'Gerät abmelden',
      'POST /users/:id/tokens/:jti/block': 'Gerät abmelden',
      'POST /users/:id/tokens/:jti/unblock': 'Gerät freigeben',
      'POST /users/:id/tokens/unblock': 'alle Geräte freigeben',
      'POST /chosen-users/disable': 'mehrere Benutzer deaktivieren',
      'POST /chosen-users/end-sign-ins': 'mehrere Benutzer abmelden',
      'POST /roles': 'Rolle hinzufügen',
      'POST /roles/:id/delete': 'Rolle löschen',
      'POST /account/password': 'eigenes Passwort ändern',
      'POST /account/sign-out': 'eigene andere Geräte abmelden',
      'POST /account/sessions/:key/end': 'eigenes Gerät abmelden',
      'POST /account/tokens/:jti/block': 'eigenes Gerät abmelden'
    },
    outcomes: {
      success: 'erledigt',
      refused: 'abgelehnt',
      invalid: 'ungültig',
      failed: 'gescheitert',
      aborted: 'abgebrochen'
    },
    done: 'erledigt',
    notRecorded: 'nicht verzeichnet'
  },
  request: {
    title: 'Anfrage',
    standsFor: 'Steht für',
    more: (value) => `${count(value, 'weitere Anfrage', 'weitere Anfragen')} dieses Absenders innerhalb einer Minute`,
    took: 'Dauer',
    account: (id) => `(Konto ${id})`,
    triedAs: 'Anmeldeversuch als',
    rolesThen: 'Damalige Rollen',
    identifiedBy: 'Ausgewiesen durch',
    nothing: 'nichts',
    action: 'Aktion',
    id: 'Nummer der Anfrage',
    answeredBy: 'Beantwortet von',
    subjects: 'Wessen Daten es waren',
    onlyFirst: (value) => `Nur die ersten ${number(value)} werden angezeigt.`,
    nobody: 'Niemandes.',
    moreActivity: 'Weitere Aktivität',
    ofUser: 'Dieses Benutzers',
    fromAddress: 'Von dieser Adresse'
  }
}
