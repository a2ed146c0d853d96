import { signCheckpoint, verifyConsistency, type NoteSigner } from '@keyfold/domain';
import type { ForkAlarm } from '../fork-alarm.js';
import type { LogSource, SignedCheckpoints } from '../log-source.js';

/** A state of the tree: how many leaves, and their root. */
export interface TreeState {
  readonly size: number;
  readonly root: Buffer;
}

/** Settings of a {@link CheckpointSigner}. */
export interface CheckpointSignerOptions {
  readonly source: LogSource;
  readonly signed: SignedCheckpoints;
  readonly signer: NoteSigner;
  readonly alarm: ForkAlarm;
}

/**
 * The only thing that signs checkpoints. Before every signature the checkpoint must be consistent with the largest one ever
 * signed: extend it, or be a size that the log's own tree proves to be its prefix. Otherwise the log has forked: nothing
 * is signed and the alarm is raised.
 *
 * The largest one is recorded before the signature leaves, so a process that dies in between has at most recorded
 * something that nobody has seen.
 */
export class CheckpointSigner {
  private largest: (TreeState & { readonly note: string }) | undefined;
  private isLoaded = false;
  private turn: Promise<unknown> = Promise.resolve();

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
    return this.sign({ size, root: await this.options.source.rootAt(size) });
  }

  /** A signed note of the head as it is now, never from a cache. */
  async currentCheckpoint(): Promise<string> {
    return this.sign(await this.options.source.head());
  }

  /**
   * Signs a state of the log's own tree.
   *
   * @param extended a state from which the caller has itself computed `state` by appending leaves: if that is the largest one
   *   signed, no proof has to be read from the database
   * @throws LogForkedError if the state contradicts what has been signed before
   */
  sign(state: TreeState, extended?: TreeState): Promise<string> {
    // One at a time: two signatures must not both be checked against the same predecessor.
    const result = this.turn.then(() => this.signNext(state, extended));
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async signNext(state: TreeState, extended: TreeState | undefined): Promise<string> {
    const { alarm, signed, signer } = this.options;
    alarm.assertNone();
    const { size, root } = state;
    const origin = signer.name;
    if (!this.isLoaded) {
      this.largest = await signed.largestSignedCheckpoint(origin);
      this.isLoaded = true;
    }
    const { largest } = this;
    if (largest !== undefined) {
      if (largest.size === size && largest.root.equals(root)) return largest.note;
      await this.requireConsistent(largest, state, extended);
    }
    const note = signCheckpoint({ origin, size, root }, signer);
    if (largest === undefined || size > largest.size) {
      await signed.recordSignedCheckpoint({ origin, size, root, note });
      this.largest = { size, root, note };
    }
    return note;
  }

  private async requireConsistent(
    largest: TreeState,
    state: TreeState,
    extended: TreeState | undefined,
  ): Promise<void> {
    if (extended !== undefined && extended.size === largest.size && extended.root.equals(largest.root)) return;
    const [from, to] = state.size < largest.size ? [state, largest] : [largest, state];
    if (await this.isPrefix(from, to)) return;
    throw this.options.alarm.raise({
      noticedBy: 'signer',
      detail: `a checkpoint of size ${largest.size} has been signed that the log at size ${state.size} is not consistent with`,
      firstDifferingPosition: null,
    });
  }

  private async isPrefix(from: TreeState, to: TreeState): Promise<boolean> {
    if (from.size === to.size) return from.root.equals(to.root);
    // A log shorter than what was signed cannot prove anything about it.
    const { size: headSize } = await this.options.source.head();
    if (headSize < to.size) return false;
    const proof = await this.options.source.consistencyProof(from.size, to.size);
    return verifyConsistency({ fromSize: from.size, fromRoot: from.root, toSize: to.size, toRoot: to.root, proof });
  }
}
