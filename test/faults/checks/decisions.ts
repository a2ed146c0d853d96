import {
  type AccessDecision,
  decideAccess,
  effectiveExpiry,
  type FactsView,
  type IssuedApiKey,
  isUnproven,
} from '@keyfold/domain';
import { type CommandRecord, isConfirmed, isDone, type Observation } from '../history.js';
import { FactsAlong, type SeenRecord } from '../log-copy.js';

const SAYS_REASON: ReadonlySet<Observation['surface']> = new Set<Observation['surface']>(['verify', 'nats']);
/**
 * The log time may be ahead of the clocks: a replica that starts begins at what an earlier one may have signed, a
 * second later each time.
 */
export const LOG_TIME_AHEAD_MS = 4_000;
/** A gateway's is ahead of that by as long as its question about the head took; it is never behind. */
const MAX_AHEAD_MS = LOG_TIME_AHEAD_MS + 4_000;
/** Postgres's clock is cut to milliseconds, and so is this process's. */
export const ROUNDING_MS = 2;

/**
 * What is wrong with what gateways answered, held against the rules on exactly the records that the answer names: what
 * they allow that the rules refuse, who they say has passed, and (where they give a reason) what they refuse for
 * another reason or none.
 */
export function problemsOfDecisions(observations: readonly Observation[], records: readonly SeenRecord[]): string[] {
  const along = new FactsAlong(records);
  const problems = observations
    .filter(({ status }) => status >= 500 && status !== 503)
    .map((observation) => `${named(observation)}: answered with ${observation.status}`);
  const byPosition = observations
    .filter(({ position }) => position !== null)
    .toSorted((one, other) => (one.position ?? 0) - (other.position ?? 0));
  for (const observation of byPosition) {
    const { answeredAt, position } = observation;
    const record = records[(position ?? 0) - 1]?.record;
    // Position 0: nothing has been applied yet.
    if (record === undefined && position !== 0) {
      problems.push(`${named(observation)}: the log has no such position`);
      continue;
    }
    if (record !== undefined && Date.parse(record.recordedAt) > answeredAt.wallMs + LOG_TIME_AHEAD_MS + ROUNDING_MS)
      problems.push(`${named(observation)}: answered before that record was made`);
    const problem = judge(observation, along.at(position ?? 0));
    if (problem !== null) problems.push(`${named(observation)}: ${problem}`);
  }
  return problems;
}

function judge(observation: Observation, facts: FactsView): string | null {
  if (observation.allowed) return problemOfAllowed(observation, facts);
  // Over HTTP the other surfaces say no reason, as whoever has proven nothing must not learn it.
  if (!SAYS_REASON.has(observation.surface) || observation.status !== 200) return null;
  const key = facts.keys.get(observation.keyId);
  const moments = momentsOf(observation, key, facts);
  const possible = new Set(moments.map((nowMs) => shown(decideOn(facts, observation, nowMs))));
  if (possible.has(observation.reason)) return null;
  return `refused with ${String(observation.reason)}, is ${[...possible].map(String).join(' or ')}`;
}

/** Nothing begins to pass by the clock alone, so what may pass at the answer might also have passed at the question. */
function problemOfAllowed(observation: Observation, facts: FactsView): string | null {
  const { said, sentAt } = observation;
  const decision = decideOn(facts, observation, sentAt.wallMs - ROUNDING_MS);
  if (!decision.allowed) return `allowed, although ${decision.reason}`;
  const { effectiveExpiresAtMs, keyId, username } = decision.identity;
  const isNamed = said?.keyId === keyId && said.username === username;
  const isDated = typeof said?.expiresAt !== 'string' || Date.parse(said.expiresAt) === effectiveExpiresAtMs;
  return isNamed && isDated ? null : `allowed as ${JSON.stringify(said)}, is ${JSON.stringify(decision.identity)}`;
}

export function decideOn(facts: FactsView, observation: Observation, nowMs: number): AccessDecision {
  const { isGenuine, keyId, method, username } = observation;
  const key = facts.keys.get(keyId);
  return decideAccess(
    {
      settings: facts.settings,
      key,
      user: key !== undefined && 'userId' in key ? facts.users.get(key.userId) : undefined,
      role: (id) => facts.roles.get(id),
    },
    {
      proof: isGenuine ? 'proven' : 'wrong-secret',
      username,
      method,
      ip: '192.0.2.9',
      isUpgrade: false,
      scopes: [],
      limits: 'apply',
    },
    nowMs,
  );
}

/** The moments at which the answer may have been decided, one on each side of every end of the key. */
function momentsOf({ answeredAt, sentAt }: Observation, key: unknown, facts: FactsView): number[] {
  const [from, to] = [sentAt.wallMs - ROUNDING_MS, answeredAt.wallMs + MAX_AHEAD_MS];
  const ends = isIssued(key) ? [effectiveExpiry(key, facts.settings).effectiveExpiresAtMs, key.supersededUntilMs] : [];
  return [from, to, ...ends.filter((end) => end !== null).filter((end) => end > from && end < to)];
}

export function isIssued(key: unknown): key is IssuedApiKey {
  return typeof key === 'object' && key !== null && 'status' in key && key.status === 'issued';
}

function shown(decision: AccessDecision): string | null {
  if (decision.allowed) return null;
  return isUnproven(decision.reason) ? 'INVALID_CREDENTIALS' : decision.reason;
}

export function named({ gateway, keyId, life, position, surface, username }: Observation): string {
  return `${gateway} (life ${life}) on ${surface} for ${username} and ${keyId} at ${String(position)}`;
}

/**
 * What was allowed on facts that are too old: older than what had been answered a lease ago, or than what had been
 * confirmed.
 *
 * @param leaseMs the longest lease that was ever given out
 */
export function problemsOfLeases(
  observations: readonly Observation[],
  commands: readonly CommandRecord[],
  leaseMs: number,
): string[] {
  const least = new LeastPosition(commands, leaseMs);
  const allowed = observations.filter((observation) => observation.allowed && observation.position !== null);
  return allowed
    .toSorted((one, other) => one.sentAt.ms - other.sentAt.ms)
    .flatMap((observation) => {
      const bound = least.at(observation.sentAt.ms);
      if ((observation.position ?? 0) >= bound.position) return [];
      return [`${named(observation)}: allowed, although ${bound.because}`];
    });
}

/** What whoever may allow anything at a moment must have applied. To be asked in the order of time. */
export class LeastPosition {
  private readonly known: { readonly fromMs: number; readonly position: number; readonly because: string }[];
  private next = 0;
  private current = { position: 0, because: '' };

  constructor(commands: readonly CommandRecord[], leaseMs: number) {
    this.known = commands
      .flatMap((command) => [...leaseAfter(command, leaseMs), ...confirmationOf(command)])
      .sort((one, other) => one.fromMs - other.fromMs);
  }

  at(ms: number): { readonly position: number; readonly because: string } {
    for (; (this.known[this.next]?.fromMs ?? Number.POSITIVE_INFINITY) < ms; this.next++) {
      const known = this.known[this.next];
      if (known !== undefined && known.position > this.current.position) this.current = known;
    }
    return this.current;
  }
}

type Known = { readonly fromMs: number; readonly position: number; readonly because: string };

function leaseAfter(command: CommandRecord, leaseMs: number): Known[] {
  if (!isDone(command)) return [];
  const { answeredAt, label, position } = command;
  const because = `"${label}" at ${position} was answered more than a lease before`;
  return [{ fromMs: answeredAt.ms + leaseMs, position, because }];
}

function confirmationOf(command: CommandRecord): Known[] {
  if (!isConfirmed(command)) return [];
  const { confirmedAt, position } = command.waitedFor;
  return [{ fromMs: confirmedAt.ms, position, because: `"${command.label}" at ${position} was confirmed before` }];
}

/** A gateway of one process never goes back to older facts. */
export function problemsOfReadingBack(observations: readonly Observation[], rebuilt: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const single = observations.filter(
    ({ alone, gateway, position }) => alone && position !== null && !rebuilt.has(gateway),
  );
  for (const gateway of new Set(single.map((each) => each.gateway))) {
    const own = single.filter((each) => each.gateway === gateway);
    const bySending = own.toSorted((one, other) => one.sentAt.ms - other.sentAt.ms);
    const byAnswer = own.toSorted((one, other) => one.answeredAt.ms - other.answeredAt.ms);
    let [at, newest] = [0, 0];
    for (const later of bySending) {
      for (; (byAnswer[at]?.answeredAt.ms ?? Number.POSITIVE_INFINITY) < later.sentAt.ms; at++)
        newest = Math.max(newest, byAnswer[at]?.position ?? 0);
      if ((later.position ?? 0) < newest) problems.push(`${named(later)}: had been at ${newest} before`);
    }
  }
  return problems;
}
