/** A process of a gateway that takes requests, or a primary whose workers do. */
export interface RunningProcess {
  readonly url: string;
  /** Null in a worker: the primary has the port. */
  readonly opsUrl: string | null;
  /** Null where no upstream is configured. */
  readonly proxyUrl: string | null;
  /** Stops taking requests, answers those under way, ends what runs. */
  close(): Promise<void>;
}
