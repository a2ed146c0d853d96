import type { FeedProblemCode } from '../protocol/errors.js';

/** How the feed of one gateway process is doing. */
export interface FeedStatus {
  /**
   * - `starting`: nothing delivered yet
   * - `streaming`: the stream delivers
   * - `refilling`: the stream does not, the admin-service does
   * - `failing`: neither, or the handler does not accept what comes
   * - `stopped`
   */
  readonly state: 'starting' | 'streaming' | 'refilling' | 'failing' | 'stopped';
  readonly isBrokerConnected: boolean;
  readonly appliedSize: number;
  /** Size of the newest verified head, or null before the first. */
  readonly knownHeadSize: number | null;
  readonly lastError: { readonly code: FeedProblemCode; readonly detail: string } | null;
  /** Counted since the start of the process. */
  readonly appliedRecords: number;
  readonly refills: number;
  /** What did not verify. */
  readonly rejections: number;
}
