// The errors that the pages show, in German, by their code. Part of de.ts.

import { createCounter } from './counter.ts'
import type { enQuestions } from './en-questions.ts'

const { count } = createCounter('de')

/** The codes of src/errors.ts, without those that only the API has, and of plugins/admin-ui/refusals.ts. */
const ERRORS: Record<string, string> = {
  INVALID_INPUT: 'Eine Angabe ist ungültig',
  BAD_REQUEST: 'Die Anfrage ist ungültig',
  ABORTED: 'Die Anfrage wurde abgebrochen',
  BAD_CREDENTIALS: 'Benutzername oder Passwort ist falsch',
  FORBIDDEN: 'Ihre Rollen erlauben das nicht',
  ACCESS_LOST: 'Ihr Zugang ist beendet, es wurde daher nichts geändert',
  ROLE_MISSING: 'Mit diesem Konto können Sie sich hier nicht anmelden',
  WRONG_PASSWORD: 'Das alte Passwort ist falsch',
  NOT_FOUND: 'Das gibt es nicht oder nicht mehr',
  METHOD_NOT_ALLOWED: 'Diese Methode ist hier nicht erlaubt',
  ALREADY_EXISTS: 'Diesen Datensatz gibt es schon',
  IN_USE: 'Andere Datensätze verweisen auf diesen',
  LAST_ADMINISTRATOR: 'Das ist der letzte aktive Administrator. Machen Sie zuerst ein anderes Konto zum Administrator',
  ACCOUNT_CHANGED: 'Dieses Konto wurde inzwischen geändert',
  PAYLOAD_TOO_LARGE: 'Die Eingabe ist zu groß',
  URI_TOO_LONG: 'Ein Teil der Adresse ist zu lang',
  MISDIRECTED: 'Dieser Server hat einen anderen Namen',
  UNSUPPORTED_MEDIA_TYPE: 'Diese Art von Inhalt wird nicht unterstützt',
  TOO_MANY_FAILURES: 'Zu viele gescheiterte Anmeldungen bei diesem Konto. Versuchen Sie es später noch einmal',
  TOO_MANY_REQUESTS: 'Zu viele Anfragen von dieser Adresse. Versuchen Sie es später noch einmal',
  UNAVAILABLE: 'Der Server kann das gerade nicht ausführen. Versuchen Sie es noch einmal',
  OVERLOADED: 'Der Server ist überlastet. Versuchen Sie es noch einmal',
  TIMED_OUT: 'Das hat zu lange gedauert und wird vielleicht noch ausgeführt',
  INTERNAL_ERROR: 'Auf unserer Seite ist etwas schiefgegangen',
  FORM_REFUSED:
    'Dieses Formular ist abgelaufen oder stammt nicht von diesen Seiten. Öffnen Sie die Seite noch einmal und senden Sie das Formular erneut ab',
  OWN_ACCOUNT: 'Das geht nicht mit Ihrem eigenen Konto',
  FIXED_ROLE: 'Der Server oder eine seiner Routen braucht diese Rolle',
  ROLE_IN_USE: 'Einige Benutzer haben diese Rolle noch',
  TOKEN_NOT_UNBLOCKABLE: 'Nur ein Token, das ein Administrator blockiert hat, lässt sich freigeben'
}

/** The headings by status. */
const HEADINGS: Record<number, string> = {
  400: 'Ungültige Anfrage',
  401: 'Nicht angemeldet',
  403: 'Nicht erlaubt',
  404: 'Nicht gefunden',
  405: 'Methode nicht erlaubt',
  409: 'Nicht möglich',
  413: 'Zu groß',
  415: 'Nicht unterstützt',
  429: 'Zu viele Anfragen',
  500: 'Fehler des Servers',
  503: 'Gerade nicht möglich'
}

/** What is wrong with a field, by the message of the API. */
const PROBLEMS: [RegExp, string][] = [
  [/^is required$/, 'wird benötigt'],
  [/^must have at least (\d+) characters?$/, 'muss mindestens $1 Zeichen haben'],
  [/^must have at most (\d+) characters?$/, 'darf höchstens $1 Zeichen haben'],
  [/^must have at most (\d+) bytes$/, 'darf höchstens $1 Bytes haben'],
  [/^must have 1 to (\d+) characters, none of them invisible$/, 'muss 1 bis $1 sichtbare Zeichen haben'],
  [
    /^must have 1 to 32 characters: letters/,
    'muss 1 bis 32 Zeichen haben: a bis z, Ziffern, - und _, zuerst ein Buchstabe'
  ],
  [/^must not contain the user name/, 'darf weder den Benutzernamen noch den Namen dieser Anwendung enthalten'],
  [/^is too easy to guess/, 'ist zu leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören'],
  [/^must not contain NUL/, 'enthält unerlaubte Zeichen']
]

export const deErrors: (typeof enQuestions)['errors'] = {
  checkFirst: 'Wenn Sie etwas ändern wollten, prüfen Sie zuerst, ob die Änderung ausgeführt wurde.',
  tellNumber: 'Wenn es wieder geschieht, nennen Sie Ihren Administratoren diese Nummer der Anfrage:',
  isKept: 'Ihre Eingaben bleiben erhalten, außer Passwörtern. Es wurde nichts geändert.',
  openAgain: 'Seite noch einmal öffnen',
  toStart: 'Zur Startseite',
  exists: { user: 'Diesen Benutzer gibt es schon', role: 'Diese Rolle gibt es schon' },
  later: 'Versuchen Sie es später noch einmal',
  in: (seconds) => {
    const wait =
      seconds < 60 ? count(seconds, 'Sekunde', 'Sekunden') : count(Math.ceil(seconds / 60), 'Minute', 'Minuten')
    return `Versuchen Sie es in ${wait} noch einmal`
  },
  heading: (statusCode) => HEADINGS[statusCode] ?? 'Fehler',
  text: (code) => ERRORS[code] ?? 'Die Anfrage wurde nicht ausgeführt',
  problem: (message) => {
    const [pattern, text] = PROBLEMS.find(([one]) => one.test(message)) ?? []
    return pattern && text ? (pattern.exec(message)?.[0] ?? '').replace(pattern, text) : 'ist ungültig'
  },
  ofField: (label, problem) => (/^\p{Lu}/u.test(problem) ? problem : `${label} ${problem}`)
}
