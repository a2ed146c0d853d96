import cluster from 'node:cluster';
import { STOP_WITHIN_MS } from '@keyfold/service-kit';

/**
 * How long this process may take to stop, in milliseconds. A worker gives up before its primary does, which waits for
 * it.
 */
export const STOPS_WITHIN_MS = cluster.isWorker ? STOP_WITHIN_MS - 2_000 : STOP_WITHIN_MS;

/** A process of a gateway that takes requests, or a primary whose workers do. */
export interface RunningProcess {
  readonly url: string;
  /** Null in a worker: the primary has the port. */
  readonly opsUrl: string | null;
  /** Null where no upstream is configured. */
  readonly proxyUrl: string | null;
  /**
   * Resolves once the log has another origin than the process follows: it has to end and start again. Never in a
   * primary, whose workers do so one by one.
   */
  readonly superseded: Promise<void>;
  /** Stops taking requests, answers those under way, ends what runs. */
  close(): Promise<void>;
}
