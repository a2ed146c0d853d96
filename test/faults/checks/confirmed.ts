import { type AccessReason, effectiveExpiry } from '@keyfold/domain';
import { type CommandRecord, isConfirmed, type Observation } from '../history.js';
import { FactsAlong, type SeenRecord } from '../log-copy.js';
import { decideOn, isIssued, named, ROUNDING_MS } from './decisions.js';

/** Why a request is refused once something has been taken away, whatever time it is. */
const TAKEN_AWAY = [
  'REVOKED',
  'SUPERSEDED',
  'API_KEYS_DISABLED',
  'USER_DEACTIVATED',
  'SIGN_IN_NOT_GRANTED',
] as const satisfies readonly AccessReason[];
/** Nothing brings such a key back. */
const FINAL: ReadonlySet<TakenAway> = new Set<TakenAway>(['REVOKED', 'SUPERSEDED']);

export type TakenAway = (typeof TAKEN_AWAY)[number] | 'SHORTENED';
export const ALL_TAKEN_AWAY: readonly TakenAway[] = [...TAKEN_AWAY, 'SHORTENED'];

/** Requests that began after a confirmation and rest on what it took away. */
export interface AfterConfirmation {
  /** By what was taken away; one that a later record allows again is not counted. */
  readonly requests: ReadonlyMap<TakenAway, number>;
  readonly problems: readonly string[];
}

/**
 * Holds each request against the facts that had been confirmed when it began. Beside the position that an answer names,
 * which the gateway might get wrong: what was revoked must not pass whatever it names.
 */
export function judgeAfterConfirmation(
  observations: readonly Observation[],
  commands: readonly CommandRecord[],
  records: readonly SeenRecord[],
): AfterConfirmation {
  const confirmed = new ConfirmedFacts(commands, records);
  const requests = new Map<TakenAway, number>();
  const problems: string[] = [];
  const answered = observations.filter(({ status }) => status > 0);
  for (const observation of answered.toSorted((one, other) => one.sentAt.ms - other.sentAt.ms)) {
    const since = confirmed.at(observation.sentAt.ms);
    if (since === null) continue;
    const takenAway = takenAwayFrom(observation, since);
    if (takenAway === null) continue;
    const passed = passes(observation, takenAway, since);
    if (passed && mayPassAgain(observation, takenAway, since)) continue;
    if (passed) problems.push(`${named(observation)}: allowed, although ${since.because}: ${takenAway}`);
    requests.set(takenAway, (requests.get(takenAway) ?? 0) + 1);
  }
  return { requests, problems };
}

/** What had been confirmed at a moment. */
interface Since {
  readonly position: number;
  readonly facts: FactsAlong['view'];
  readonly because: string;
}

/** The facts of the largest position that had been confirmed; moments are asked for in order. */
class ConfirmedFacts {
  private readonly along: FactsAlong;
  private readonly confirmed: { readonly atMs: number; readonly position: number; readonly because: string }[];
  private next = 0;
  private current: { readonly position: number; readonly because: string } | null = null;

  constructor(commands: readonly CommandRecord[], records: readonly SeenRecord[]) {
    this.along = new FactsAlong(records);
    this.confirmed = commands
      .filter(isConfirmed)
      .map(({ label, waitedFor: { confirmedAt, position } }) => ({
        atMs: confirmedAt.ms,
        position,
        because: `"${label}" had been confirmed at ${position}`,
      }))
      .filter(({ position }) => position <= records.length)
      .sort((one, other) => one.atMs - other.atMs);
  }

  at(ms: number): Since | null {
    for (; (this.confirmed[this.next]?.atMs ?? Number.POSITIVE_INFINITY) < ms; this.next++) {
      const confirmed = this.confirmed[this.next];
      if (confirmed !== undefined && confirmed.position > (this.current?.position ?? 0)) this.current = confirmed;
    }
    return this.current && { ...this.current, facts: this.along.at(this.current.position) };
  }
}

/** @returns null if the request is none that rests on something that was taken away */
function takenAwayFrom(observation: Observation, { facts }: Since): TakenAway | null {
  const { isGenuine, keyId, sentAt, said } = observation;
  const key = facts.keys.get(keyId);
  if (!isGenuine || !isIssued(key)) return null;
  const decision = decideOn(facts, observation, sentAt.wallMs - ROUNDING_MS);
  if (!decision.allowed) return TAKEN_AWAY.find((reason) => reason === decision.reason) ?? null;
  const isDated = typeof said?.expiresAt === 'string';
  return isDated && effectiveExpiry(key, facts.settings).boundBy === 'policy' ? 'SHORTENED' : null;
}

/** Whether a later record may have given back what was taken away: what the answer names is judged on exactly that. */
function mayPassAgain({ position }: Observation, takenAway: TakenAway, since: Since): boolean {
  return !FINAL.has(takenAway) && (position ?? 0) > since.position;
}

/** Whether the answer gives what was taken away: it lets the request pass, or for longer than the maximum. */
function passes({ allowed, keyId, said }: Observation, takenAway: TakenAway, { facts }: Since): boolean {
  if (takenAway !== 'SHORTENED') return allowed;
  const key = facts.keys.get(keyId);
  if (!isIssued(key)) return false;
  return Date.parse(said?.expiresAt ?? '') > effectiveExpiry(key, facts.settings).effectiveExpiresAtMs;
}
