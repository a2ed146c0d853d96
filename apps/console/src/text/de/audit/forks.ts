import type { forksText as english } from '../../en/audit/forks.js';

export const forksText: typeof english = {
  title: 'Gabelungen des Protokolls',
  lead: 'Ob die Datenbank das Ende des Protokolls verloren hat, etwa nach einem Failover oder einer Rücksicherung, und wie es weiterging.',
  none: 'Das Protokoll hat sich nie gegabelt',
  noneText:
    'Es ist nichts zu tun. Sollte die Datenbank je Datensätze verlieren, die das Protokoll schon signiert hatte, steht das auf jeder Seite, und hier wird die Gabelung anerkannt.',
  standing: (position: number) => `Das Protokoll hat sich hinter Datensatz ${position} gegabelt`,
  standingText:
    'Die Datenbank hat Datensätze verloren, die das Protokoll schon signiert hatte: Ein Standby, der zurücklag, hat übernommen, oder ein Backup wurde eingespielt.',
  meaning: 'Was das bedeutet',
  meanings: [
    'Nichts wird aufgezeichnet: Jede Änderung wird abgelehnt, auch ein Widerruf.',
    'Nichts wird signiert oder bestätigt, also lehnt jedes Gateway alle ab, sobald seine Frist endet.',
    'Was vorher bestätigt war, bleibt bestätigt, und Quittungen von vorher bleiben gültig.',
  ],
  lostTitle: 'Was verloren ist',
  kept: 'Noch da',
  keptUpTo: (position: number) => (position === 0 ? 'Nichts' : `Datensätze 1 bis ${position}`),
  lost: 'Verloren oder anders',
  lostRange: (from: number, to: number) =>
    from === to ? `Datensatz ${from}` : `Datensätze ${from} bis ${to} (${to - from + 1})`,
  lostUnknown: (position: number) => `Was nach Datensatz ${position} kam; wie viel, ist nicht bekannt`,
  checkpoint: 'Checkpoint des Protokolls, wie es war',
  listLead:
    'So, wie der Nachrichtenbroker sie behalten hat. Bewiesen sind sie nicht, aber sie sagen, wonach zu suchen ist.',
  listNone: 'Der Broker hat keinen dieser Datensätze. Suchen Sie in den Dateien der alten Datenbank.',
  listHidden: 'Um diese Datensätze zu sehen, brauchen Sie die Berechtigung „Protokoll lesen“ (audit.read).',
  revocation: 'Zu wiederholen',
  before: 'Bevor Sie die Gabelung anerkennen',
  steps: [
    'Sperren Sie die alte Datenbank aus: Schalten Sie sie endgültig ab, oder sorgen Sie dafür, dass kein Admin-Service mehr aus ihr antwortet.',
    'Sehen Sie sich an, was verloren ist. Widerrufe müssen wiederholt und Schlüssel neu ausgestellt werden.',
    'Erkennen Sie dann hier die Gabelung an. Das Protokoll geht mit den Datensätzen weiter, die diese Datenbank hat.',
  ],
  acknowledge: 'Gabelung anerkennen',
  readOnly: 'Um die Gabelung anzuerkennen, brauchen Sie die Berechtigung „Einstellungen verwalten“ (settings.manage).',
  dialogTitle: (position: number) => `Gabelung hinter Datensatz ${position} anerkennen?`,
  effects: [
    'Das Protokoll geht unter einem neuen Namen weiter, mit einem neuen öffentlichen Schlüssel, den Prüfer neu festhalten müssen.',
    'Die Admin-Services enden und müssen neu gestartet werden; Gateways folgen und lesen das Protokoll neu.',
    'Eine Stunde lang wird danach keine Änderung bestätigt.',
  ],
  final:
    'Das lässt sich nicht rückgängig machen. Was verloren ist, kommt nicht wieder, und die alte Datenbank ist nie wieder verwendbar.',
  fenced: 'Aus der alten Datenbank antwortet nichts mehr',
  typed: (position: number) =>
    `Tippen Sie zur Bestätigung ${position}, die Nummer des letzten Datensatzes, der noch da ist`,
  confirm: 'Anerkennen',
  acknowledged: 'Die Gabelung ist anerkannt',
  acknowledgedText: (origin: string) =>
    `Das Protokoll geht als ${origin} weiter. Der Dienst startet jetzt neu; diese Seite macht von selbst weiter.`,
  restarting: 'Der Dienst startet unter dem neuen Namen des Protokolls neu. Diese Seite macht von selbst weiter.',
  again: 'Wiederholen Sie jetzt die verlorenen Widerrufe, und geben Sie Prüfern den neuen öffentlichen Schlüssel.',
  publicKey: 'Öffentlicher Schlüssel des Protokolls',
  unconfirmed: 'Noch wird nichts bestätigt',
  unconfirmedText:
    'Änderungen werden aufgezeichnet, und Gateways wenden sie an. Als bestätigt gelten sie wieder eine Stunde, nachdem die Gabelung anerkannt wurde, wenn keine Frist von vorher mehr laufen kann.',
  history: 'Anerkannte Gabelungen',
  historyLead: 'Die neueste zuerst.',
  acknowledgedAt: 'Anerkannt',
  by: (actor: string) => `von ${actor}`,
  behind: 'Ging weiter hinter',
  record: (position: number) => `Datensatz ${position}`,
  of: (size: number) => `von ${size}`,
  origin: 'Als',
  see: 'Was verloren ist',
  seeNamed: (position: number) => `Was hinter Datensatz ${position} verloren ist`,
  event: (position: number) => `Ereignis ${position}`,
};
