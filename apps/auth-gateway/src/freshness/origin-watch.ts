import type { NoteVerifier } from '@keyfold/domain';
import { FeedProblem, type HeadClient, type OriginClient } from '@keyfold/messaging';
import type { Logger } from '@keyfold/service-kit';

const INTERVAL_MS = 1_000;

export interface OriginWatchOptions {
  readonly heads: Pick<HeadClient, 'lastProblem'>;
  readonly origins: Pick<OriginClient, 'ask'>;
  /** Keeps the new origin for the next start. */
  readonly keep: (verifier: NoteVerifier) => void;
  readonly log: Pick<Logger, 'debug' | 'error' | 'warn'>;
}

/**
 * While no signed head comes, asks whether the log has gone on under another origin, after a fork that an administrator
 * has acknowledged. Then this process has to end and start again: all that it knows is of the origin before. Until then
 * it holds no lease beyond the one that it has, since nothing that another origin signs passes for a head here.
 */
export class OriginWatch {
  /** Resolves once the log has another origin than this process follows, and that is kept. */
  readonly superseded: Promise<void>;
  private resolve: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  /** Code of what was last wrong with an answer. */
  private refused: string | null = null;

  constructor(private readonly options: OriginWatchOptions) {
    this.superseded = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  start(): void {
    this.timer = setInterval(() => {
      if (this.options.heads.lastProblem === null) return;
      this.running ??= this.look().finally(() => (this.running = undefined));
    }, INTERVAL_MS);
    this.timer.unref();
  }

  /** What was asked is not waited for: nobody answers where a stop takes long. */
  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { keep, log, origins } = this.options;
    let verifier: NoteVerifier | null;
    try {
      verifier = await origins.ask();
    } catch (error) {
      this.report(error);
      return;
    }
    this.refused = null;
    if (verifier === null) return;
    try {
      keep(verifier);
    } catch (error) {
      log.error({ err: error, origin: verifier.name }, 'the new origin of the log cannot be kept; will retry');
      return;
    }
    log.warn(
      { origin: verifier.name },
      'a fork of the log was acknowledged; this process ends, to follow the new origin',
    );
    this.resolve();
  }

  private report(error: unknown): void {
    const { log } = this.options;
    const code = error instanceof FeedProblem ? error.code : null;
    // Whoever asks for heads has said that nobody answers.
    if (code === null || code === 'ADMIN_UNREACHABLE' || code === 'LOG_FORKED')
      log.debug({ err: error }, 'the origin of the log could not be asked for');
    else if (code !== this.refused)
      log.warn({ code, reason: String(error) }, 'what the admin-service says of the origin of the log does not verify');
    this.refused = code;
  }
}
