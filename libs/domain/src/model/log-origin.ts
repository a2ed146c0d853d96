import { checkpointOf } from '../log/index.js';
import { demand } from './errors.js';
import type { NewEvent } from './events.js';
import { LOG_ORIGIN_STREAM, type LogEvent } from './log-events.js';

// A log that has forked goes on under another origin once an administrator has acknowledged that. The key stays; the
// name is part of whatever it signs, so a checkpoint of one origin never passes for one of another.

/**
 * What a fork is known by.
 *
 * - `position`: up to it both may have the same records; behind it they differ, or this database lacks them
 * - `checkpoint`: of the log as it was. Signed where the log had signed it, otherwise its three lines alone
 */
export interface Fork {
  readonly position: number;
  readonly checkpoint: string;
}

/** An acknowledged fork: from which origin to which. */
export type OriginSuccession = Extract<LogEvent, { type: 'ForkAcknowledged' }>['data'];

/** The successions of a log after an event; other events change nothing. */
export function successionsAfter(known: readonly OriginSuccession[], event: LogEvent): readonly OriginSuccession[] {
  return event.type === 'ForkAcknowledged' ? [...known, event.data] : known;
}

type Origins = Pick<OriginSuccession, 'origin' | 'previousOrigin'>;

/**
 * The origin under which a log goes on that had `origin` once: that of its newest acknowledgement. There may be no
 * unbroken chain to it, since an acknowledgement can be lost like any record, and what was acknowledged later leads on
 * from an origin that the log says nothing else of.
 *
 * @param successions the log's, in order
 * @returns `origin` where the log does not know it, so that nobody is led back from an origin that it has lost
 */
export function originAfter(origin: string, successions: readonly Origins[]): string {
  const own = successions.filter(({ previousOrigin }) => firstOrigin(previousOrigin) === firstOrigin(origin));
  return originsOf(own).includes(origin) ? (own.at(-1)?.origin ?? origin) : origin;
}

/** All origins that the successions tell of, the first one included. */
export function originsOf(successions: readonly Origins[]): string[] {
  const names = successions.flatMap(({ origin, previousOrigin }) => [firstOrigin(origin), previousOrigin, origin]);
  return [...new Set(names)];
}

const SUFFIX = /\/fork-[0-9a-f]{12}$/;

/** The origin without what forks have added: the name that the log began with. */
export function firstOrigin(origin: string): string {
  return origin.replace(SUFFIX, '');
}

/**
 * A new name for the log.
 *
 * @param origin the one before; a suffix that an earlier fork gave it is replaced
 * @param random 12 hex digits. An acknowledgement can be lost like any record: were the name made from the log alone,
 *   two logs could get the same.
 */
export function originAfterFork(origin: string, random: string): string {
  const next = `${firstOrigin(origin)}/fork-${random}`;
  if (!SUFFIX.test(next)) throw new TypeError('12 hex digits are needed');
  return next;
}

/**
 * An administrator acknowledges a fork. Again, it is no event.
 *
 * @param named the fork, as the refusal of a write has named it
 * @param found the fork that this process has found; null if it has found none
 * @throws DomainError LOG_NOT_FORKED; FORK_DIFFERS if what was found is not what was named
 */
export function decideForkAcknowledgement(
  { named, next, origin }: { readonly named: Fork; readonly origin: string; readonly next: string },
  found: Fork | null,
  successions: readonly OriginSuccession[],
): NewEvent[] {
  if (successions.some((known) => known.previousOrigin === origin && isSame(known, named))) return [];
  demand(found !== null, 'LOG_NOT_FORKED', 'No fork of the log has been found.');
  demand(
    isSame(found, named),
    'FORK_DIFFERS',
    'The fork that was found is another one. Look at it before you acknowledge it.',
  );
  const data = { previousOrigin: origin, origin: next, position: named.position, checkpoint: named.checkpoint };
  return [{ stream: LOG_ORIGIN_STREAM, type: 'ForkAcknowledged', schemaVersion: 1, data, sealed: {} }];
}

/** The same state of the same log: signatures may be missing, or be others'. */
function isSame(one: Fork, other: Fork): boolean {
  const [first, second] = [checkpointOf(one.checkpoint), checkpointOf(other.checkpoint)];
  if (first === null || second === null || one.position !== other.position) return false;
  return first.origin === second.origin && first.size === second.size && first.root.equals(second.root);
}
