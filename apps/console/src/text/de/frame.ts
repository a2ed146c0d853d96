import type { frame } from '../en/frame.js';

export const frameText: typeof frame = {
  common: {
    optional: 'optional',
    retry: 'Erneut versuchen',
    cancel: 'Abbrechen',
    close: 'Schließen',
    save: 'Speichern',
    ok: 'OK',
    done: 'Fertig',
    loading: 'Wird geladen',
    copy: 'Kopieren',
    copied: 'Kopiert',
    selected: 'Dieser Browser kann hier nicht kopieren. Der Text ist markiert: Drücken Sie Strg+C oder Cmd+C.',
    more: 'Mehr anzeigen',
    shown: (count: number, hasMore: boolean) =>
      hasMore ? `Die ersten ${count} werden angezeigt` : `Insgesamt ${count}`,
    none: 'Keine',
    actions: 'Aktionen',
    saved: 'Gespeichert',
    delete: 'Löschen',
    slow: 'Das dauert länger als sonst. Der Dienst arbeitet noch daran.',
    stopWaiting: 'Nicht länger warten',
    reload: 'Seite neu laden',
  },
  nav: {
    label: 'Seiten',
    skip: 'Zum Inhalt springen',
    menu: 'Menü',
    mine: 'Meine Einstellungen',
    myKeys: 'Meine API-Schlüssel',
    notices: 'Mitteilungen',
    manage: 'Verwalten',
    overview: 'Übersicht',
    allKeys: 'API-Schlüssel',
    users: 'Benutzer',
    roles: 'Rollen',
    system: 'Systemeinstellungen',
    security: 'Sicherheitseinstellungen',
    gateways: 'Gateways',
    webhooks: 'Webhooks',
    forks: 'Gabelungen',
    audit: 'Prüfung',
    timeline: 'Verlauf',
    explain: 'Erklären',
    reports: 'Berichte',
    personMenu: 'Ihr Konto',
    mySettings: 'Meine Einstellungen',
    signOut: 'Abmelden',
  },
  forkBanner: {
    standing: (position: number) => `Das Protokoll hat sich hinter Datensatz ${position} gegabelt.`,
    standingText: 'Nichts wird aufgezeichnet oder bestätigt, und Gateways lehnen alle ab.',
    restarting: 'Eine Gabelung des Protokolls wurde anerkannt.',
    restartingText: 'Der Dienst startet neu.',
    unconfirmed: 'Das Protokoll geht nach einer Gabelung weiter.',
    unconfirmedText: 'Eine Stunde lang gilt danach keine Änderung als bestätigt.',
    open: 'Gabelung ansehen',
  },
  session: {
    title: 'Erneut anmelden',
    lead: 'Ihre Sitzung ist beendet. Melden Sie sich an, dann geht es weiter: Nichts von Ihrer Eingabe geht verloren.',
    sso: (label: string) => `In einem neuen Tab mit ${label} anmelden`,
    ssoHint: 'Kommen Sie danach in diesen Tab zurück. Er macht von selbst weiter.',
    or: 'oder',
    otherPerson:
      'In diesem Browser hat sich jemand anderes angemeldet. Melden Sie sich selbst an, um weiterzumachen, oder brechen Sie ab.',
  },
  pages: {
    missing: 'Nicht gefunden',
    missingTitle: 'Unter dieser Adresse gibt es keine Seite',
    missingText: 'Vielleicht ist sie vertippt, oder was dort stand, gibt es nicht mehr.',
    home: 'Zu Ihrer ersten Seite',
    forbidden: 'Nicht erlaubt',
    forbiddenTitle: (permission: string) => `Diese Seite verlangt die Berechtigung ${permission}`,
    forbiddenText: 'Keine Ihrer Rollen hat sie. Ein Administrator kann Ihnen eine geben, die sie hat.',
    failed: 'Diese Seite konnte nicht geladen werden',
    outdated:
      'Ein Teil der Konsole konnte nicht geladen werden: Der Dienst antwortet nicht oder wurde aktualisiert. Es wurde nichts geändert. Laden Sie die Seite neu, um weiterzumachen.',
  },
  permissions: {
    'settings.read': 'Einstellungen sehen',
    'settings.manage': 'Einstellungen verwalten',
    'roles.read': 'Rollen sehen',
    'roles.manage': 'Rollen verwalten',
    'roles.grant': 'Rollen vergeben',
    'users.read': 'Benutzer sehen',
    'users.manage': 'Benutzer verwalten',
    'api-key.generate': 'Eigene API-Schlüssel erstellen',
    'api-key.sign-in': 'Mit einem API-Schlüssel anmelden',
    'api-keys.manage': 'Alle API-Schlüssel verwalten',
    'api-keys.supervise': 'API-Schlüssel betreuen',
    'audit.read': 'Protokoll lesen',
    'audit.reveal': 'Versiegelte Werte aufdecken',
  },
  permissionNamed: (name: string, code: string) => `„${name}“ (${code})`,
  signIn: {
    title: 'Anmelden',
    lead: 'API-Schlüssel für Dienste, die nur Benutzername und Passwort kennen.',
    username: 'Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    sso: (label: string) => `Weiter mit ${label}`,
    or: 'oder',
    wrong: 'Benutzername und Passwort passen nicht zusammen. Es wurde nichts geändert; prüfen Sie beides.',
    throttled: (minutes: number) =>
      minutes <= 1
        ? 'Zu viele Fehlversuche. Versuchen Sie es in einer Minute wieder.'
        : `Zu viele Fehlversuche. Versuchen Sie es in ${minutes} Minuten wieder.`,
  },
  problems: {
    noAnswer:
      'Der Dienst hat nicht geantwortet, also ist nicht bekannt, ob etwas geändert wurde. Prüfen Sie die Verbindung und versuchen Sie es erneut: Eine Wiederholung tut nichts doppelt.',
    noAnswerToRead:
      'Der Dienst hat nicht geantwortet. Es wurde nichts geändert. Prüfen Sie die Verbindung und versuchen Sie es erneut.',
    unavailable:
      'Der Dienst ist zurzeit nicht verfügbar, und es ist nicht bekannt, ob dies gespeichert wurde. Sehen Sie nach, was da ist, und versuchen Sie es dann erneut.',
    unavailableToRead:
      'Der Dienst ist zurzeit nicht verfügbar. Es wurde nichts geändert. Versuchen Sie es gleich noch einmal.',
    overloaded: (seconds: number) =>
      `Der Dienst hat zurzeit zu viel zu tun. Es wurde nichts geändert. Versuchen Sie es in ${seconds} s erneut.`,
    unexpected: 'Auf dieser Seite ist etwas schiefgegangen. Laden Sie sie neu und versuchen Sie es erneut.',
    conflict:
      'Jemand anderes hat dies inzwischen geändert. Es wurde nichts gespeichert. Sehen Sie sich den neuen Stand an und wiederholen Sie Ihre Änderung.',
    forbidden: 'Das dürfen Sie nicht. Es wurde nichts geändert.',
    lacking: (permissions: string, count: number) =>
      count === 1 ? `Ihnen fehlt die Berechtigung ${permissions}.` : `Ihnen fehlen die Berechtigungen ${permissions}.`,
    invalid: 'Der Dienst hat dies nicht angenommen. Es wurde nichts geändert. Sehen Sie sich die markierten Felder an.',
    failed:
      'Im Dienst ist etwas schiefgegangen, und es ist nicht bekannt, ob dies gespeichert wurde. Sehen Sie nach, was da ist, und versuchen Sie es dann erneut.',
    failedToRead: 'Im Dienst ist etwas schiefgegangen. Es wurde nichts geändert. Versuchen Sie es gleich noch einmal.',
    refused: (code: string) => `Der Dienst hat dies abgelehnt (${code}). Es wurde nichts geändert.`,
    codes: {
      INVALID_REQUEST:
        'Damit kann der Dienst nichts anfangen. Es wurde nichts geändert; laden Sie die Seite neu und versuchen Sie es erneut.',
      UNAUTHENTICATED:
        'Sie sind nicht mehr angemeldet. Es wurde nichts geändert; melden Sie sich an und versuchen Sie es erneut.',
      SESSION_ENDED: 'Die Sitzung ist beendet. Es wurde nichts geändert.',
      INVALID_CREDENTIALS: 'Der Benutzername oder das Passwort ist falsch. Es wurde nichts geändert.',
      PASSWORD_REFUSED:
        'Dieses Passwort ist zu kurz oder zu leicht zu erraten. Es wurde nichts geändert; wählen Sie ein anderes.',
      URL_NOT_ALLOWED:
        'An diese Adresse dürfen Webhooks nichts senden. Es wurde nichts geändert; geben Sie eine öffentliche an.',
      METHOD_NOT_ALLOWED: 'Das kann der Dienst nicht. Es wurde nichts geändert; laden Sie die Seite neu.',
      CONTENT_TOO_LARGE: 'Das ist mehr, als der Dienst auf einmal annimmt. Es wurde nichts geändert; kürzen Sie es.',
      URI_TOO_LONG: 'Das ist mehr, als in eine Adresse passt. Es wurde nichts geändert; kürzen Sie es.',
      UNSUPPORTED_MEDIA_TYPE: 'Das kann der Dienst nicht lesen. Es wurde nichts geändert; laden Sie die Seite neu.',
      HEADERS_TOO_LARGE:
        'Der Browser sendet mehr, als der Dienst annimmt. Es wurde nichts geändert; löschen Sie die Cookies dieser Seite.',
      LOG_FORKED:
        'Das Protokoll hat sich gegabelt. Bis ein Administrator das anerkennt, wird nichts geändert, auch dies nicht.',
      API_KEYS_DISABLED: 'API-Schlüssel sind ausgeschaltet. Es wurde nichts geändert.',
      KEY_LIMIT_REACHED:
        'Es gibt so viele verwendbare Schlüssel, wie erlaubt sind. Es wurde nichts geändert; widerrufen Sie zuerst einen.',
      EXPIRY_OUT_OF_RANGE:
        'Das Ende liegt nicht in der Zukunft oder später, als das Maximum erlaubt. Es wurde nichts geändert.',
      GRACE_OUT_OF_RANGE:
        'So lange darf der alte Schlüssel nicht weiter gelten. Es wurde nichts geändert; wählen Sie eine kürzere Zeit.',
      KEY_NOT_ACTIVE:
        'Dieser Schlüssel kann nicht mehr verwendet werden, also geht das nicht. Es wurde nichts geändert.',
      ALREADY_CLAIMED: 'Dieser Schlüssel wurde schon abgeholt. Es wurde nichts geändert.',
      ROLE_NAME_TAKEN: 'Eine Rolle dieses Namens gibt es schon. Es wurde nichts geändert.',
      ROLE_IN_USE: 'Jemand hat diese Rolle noch. Es wurde nichts geändert; nehmen Sie sie ihm zuerst.',
      USERNAME_FIXED: 'Dieser Benutzername kann nicht geändert werden. Es wurde nichts geändert.',
      SYSTEM_ROLE: 'Eine eingebaute Rolle kann nicht geändert werden.',
      USERNAME_TAKEN: 'Dieser Benutzername ist vergeben. Es wurde nichts geändert.',
      IDENTITY_TAKEN:
        'Ein anderer Benutzer hat diese Identität. Es wurde nichts geändert; trennen Sie sie zuerst dort.',
      USER_ACTIVE: 'Nur ein deaktivierter Benutzer kann gelöscht werden. Es wurde nichts geändert.',
      USER_DEACTIVATED: 'Dieser Benutzer ist deaktiviert. Es wurde nichts geändert; reaktivieren Sie ihn zuerst.',
      USER_ERASED: 'Dieser Benutzer wurde gelöscht. Es wurde nichts geändert.',
      LAST_ADMINISTRATOR:
        'Dies ist der letzte Administrator. Es wurde nichts geändert; geben Sie die Rolle zuerst jemand anderem.',
      TOO_MANY_KEYS:
        'Das sind mehr Schlüssel, als auf einmal widerrufen werden können. Es wurde nichts geändert; grenzen Sie die Liste zuerst ein.',
      LEASE_RUNNING:
        'Eine Frist dieses Gateways läuft vielleicht noch. Es wurde nichts geändert; halten Sie es an und warten Sie ihr Ende ab.',
      KEY_RETIRED:
        'Dieser Schlüssel gehörte zu einem ausgemusterten Gateway und wird nie wieder angenommen. Es wurde nichts geändert.',
      NOT_CONFIRMED:
        'Noch haben nicht alle Gateways dies bestätigt. Warten Sie einen Augenblick und versuchen Sie es erneut.',
      LOG_NOT_FORKED: 'Es wurde keine Gabelung des Protokolls gefunden. Es wurde nichts geändert.',
      FORK_DIFFERS:
        'Die gefundene Gabelung ist eine andere. Es wurde nichts geändert; sehen Sie sie sich an, bevor Sie sie anerkennen.',
      WEBHOOK_DISABLED: 'An einen ausgeschalteten Webhook wird nichts gesendet. Schalten Sie ihn zuerst ein.',
      NOT_FOUND: 'Das gibt es nicht mehr, oder es hat es nie gegeben. Es wurde nichts geändert.',
      IDEMPOTENCY_KEY_REUSED:
        'Der Dienst hielt dies für die Wiederholung einer anderen Anfrage. Es wurde nichts geändert; laden Sie die Seite neu und versuchen Sie es erneut.',
      IDEMPOTENCY_KEY_IN_USE:
        'Der Dienst arbeitet noch an Ihrem ersten Versuch. Warten Sie einen Augenblick und versuchen Sie es erneut.',
    },
  },
};
