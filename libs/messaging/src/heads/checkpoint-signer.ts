import { EMPTY_ROOT, type NoteSigner, signCheckpoint, verifyConsistency } from '@keyfold/domain';
import { StoreUnavailableError } from '@keyfold/event-store';
import type { ForkAlarm } from '../fork/fork-alarm.js';
import type { ForkCheck } from '../fork/fork-check.js';
import type { LogSource, LogState, SignedCheckpoints, TreeState } from '../ports/log-source.js';
import type { LogForkedError } from '../protocol/errors.js';
import { KnownTree, originOf, type StateOrigin } from './known-tree.js';
import { PriorityMutex } from './priority-mutex.js';

/** Settings of a {@link CheckpointSigner}. */
export interface CheckpointSignerOptions {
  readonly source: LogSource;
  readonly signed: SignedCheckpoints;
  readonly signer: NoteSigner;
  readonly alarm: ForkAlarm;
  readonly forks: ForkCheck;
}

/** Who goes first where several wait: gateways learn of events by the relay, and of being up to date by heads. */
const PRIORITIES = { relay: 0, head: 1, other: 2 } as const;
export type SigningPriority = keyof typeof PRIORITIES;

type Signed = TreeState & { readonly note: string };

/** Other replicas sign too; each of these rounds begins with what they have signed. */
const MAX_ROUNDS = 16;

/**
 * The only thing that signs checkpoints. Before every signature the checkpoint must be consistent with the largest one
 * ever signed, by this process or another: extend it, or be a size that the log's own tree proves to be its prefix.
 * Otherwise the log has forked: nothing is signed and the alarm is raised.
 *
 * The largest one is recorded before the signature leaves, so a process that dies in between has at most recorded
 * something that nobody has seen; and only while the server is still the one that the state is from, so a server that
 * took its place without the last records is compared first.
 */
export class CheckpointSigner {
  private largest: Signed | undefined;
  /** Size of the largest one in the database, which may have lost some. */
  private recordedSize: number | null = null;
  private isLoaded = false;
  /** The end of the log's tree, each state of which is consistent with all that was signed. */
  readonly known = new KnownTree();
  private readonly mutex = new PriorityMutex();

  constructor(private readonly options: CheckpointSignerOptions) {}

  /** Origin and key of everything that is signed here. */
  get signer(): NoteSigner {
    return this.options.signer;
  }

  /**
   * A signed note of the log at any size it has had.
   *
   * @throws LogForkedError if that would contradict what has been signed before
   */
  async signCheckpointAt(size: number): Promise<string> {
    const { source } = this.options;
    const { server } = await source.head();
    return this.sign({ size, server, root: this.known.rootAt(size) ?? (await source.rootAt(size)) }, 'other');
  }

  /** A signed note of the head as it is now, never from a cache. */
  async currentCheckpoint(): Promise<string> {
    return (await this.currentState()).checkpoint;
  }

  /**
   * The same with the head's size and the log time of the statement that read it (RFC 3339), which nothing bounds yet.
   */
  async currentState(): Promise<{ readonly checkpoint: string; readonly size: number; readonly logTime: string }> {
    const { size: knownSize } = this.known;
    const head = await this.options.source.head(knownSize);
    const checkpoint = await this.sign(head, 'other', originOf(head, knownSize));
    return { checkpoint, size: head.size, logTime: head.logTime };
  }

  /**
   * Signs a state of the log's own tree.
   *
   * @param origin spares a proof out of the database where it continues what is known here
   * @throws LogForkedError if the state contradicts what has been signed before
   */
  async sign(state: LogState, priority: SigningPriority, origin: StateOrigin = {}): Promise<string> {
    await this.options.forks.admit(state.server);
    const signed = this.signedBefore(state);
    if (signed !== null) return signed;
    // One at a time: two signatures must not both be checked against the same predecessor.
    return this.mutex.run(PRIORITIES[priority], () => this.signNext(state, origin));
  }

  private async signNext(state: LogState, origin: StateOrigin): Promise<string> {
    const { alarm, signed, signer } = this.options;
    const { root, server, size } = state;
    if (!this.isLoaded) await this.load();
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      alarm.assertNone();
      const before = this.signedBefore(state);
      if (before !== null) return before;
      await this.requireConsistent(state, origin, server);
      const note = signCheckpoint({ origin: signer.name, size, root }, signer);
      if (this.largest !== undefined && size < this.largest.size) return note;
      const compared = { largestSize: this.recordedSize, server };
      const outcome = await signed.recordSignedCheckpoint({ origin: signer.name, size, root, note }, compared);
      if (outcome === 'other-server') throw replaced();
      if (outcome === 'other-origin') throw superseded();
      if (outcome === 'recorded') return this.became({ size, root, note });
      await this.load();
    }
    throw new Error('other replicas sign all the time');
  }

  private signedBefore(state: TreeState): string | null {
    return this.largest !== undefined && isSame(this.largest, state) ? this.largest.note : null;
  }

  private became(largest: Signed): string {
    this.largest = largest;
    this.recordedSize = largest.size;
    this.options.forks.saw(largest);
    return largest.note;
  }

  /** Takes in what was signed elsewhere, if it is consistent with what was signed here. */
  private async load(): Promise<void> {
    const latest = await this.options.signed.largestSignedCheckpoint(this.options.signer.name);
    this.recordedSize = latest?.size ?? null;
    this.isLoaded = true;
    if (latest === undefined || this.signedBefore(latest) !== null) return;
    if (this.largest !== undefined) await this.requireConsistent(latest, {});
    if (this.largest === undefined || latest.size > this.largest.size) this.largest = latest;
  }

  private async requireConsistent(state: TreeState, origin: StateOrigin, server?: string): Promise<void> {
    const { known } = this;
    const root = known.rootAt(state.size);
    if (root !== null && !root.equals(state.root)) throw this.forked(state);
    if (root !== null || known.grow(state, origin)) return;
    const largest = this.largestKnown();
    if (largest !== undefined && !(await this.isConsistent(largest, state, server))) throw this.forked(state);
    known.begin(state, origin);
  }

  private largestKnown(): TreeState | undefined {
    const { top } = this.known;
    return top !== undefined && top.size > (this.largest?.size ?? 0) ? top : this.largest;
  }

  /**
   * By the tree in the database.
   *
   * @param server that the state was read from, unless it is one that was signed
   */
  private async isConsistent(known: TreeState, state: TreeState, server?: string): Promise<boolean> {
    const { source } = this.options;
    const [from, to] = state.size < known.size ? [state, known] : [known, state];
    if (from.size === to.size) return from.root.equals(to.root);
    const head = await source.head();
    if (server !== undefined && head.server !== server) throw replaced();
    // A log shorter than what was signed cannot prove anything about it.
    if (head.size < to.size) return false;
    const proof = await source.consistencyProof(from.size, to.size);
    return verifyConsistency({ fromSize: from.size, fromRoot: from.root, toSize: to.size, toRoot: to.root, proof });
  }

  private forked(state: TreeState): LogForkedError {
    const known = this.largestKnown() ?? { size: 0, root: EMPTY_ROOT };
    const note = this.signedBefore(known);
    return this.options.alarm.raise({
      noticedBy: 'signer',
      lost: { origin: this.signer.name, size: known.size, root: known.root, note },
      headSize: state.size,
      detail: `the log has been seen or signed at size ${known.size}, and what it is at size ${state.size} is not consistent with that`,
      firstDifferingPosition: null,
    });
  }
}

// The next head is read from the new server, whose log is then compared before anything else.
function replaced(): StoreUnavailableError {
  return new StoreUnavailableError('Postgres was replaced by another server before a signature', false);
}

// This process still works for the origin before; it ends as soon as it knows.
function superseded(): StoreUnavailableError {
  return new StoreUnavailableError('the log has gone on under another origin', false);
}

function isSame(known: TreeState, state: TreeState): boolean {
  return known.size === state.size && known.root.equals(state.root);
}
