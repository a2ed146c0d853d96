import { randomBytes } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  decideForkAcknowledgement,
  type Fork,
  LOG_ORIGIN_STREAM,
  originAfterFork,
  type OriginSuccession,
  parseSignerKey,
  signerNamed,
} from '@keyfold/domain';
import { ForkAlarm } from '@keyfold/messaging';
import { AdminConfig } from '../../platform/admin-config.js';
import { LogKeys } from '../../platform/log-keys.js';
import { LogSuccession } from '../../platform/log-succession.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import type { Written } from '../../write/decision.js';
import { IdempotentAnswers } from '../../write/idempotent-answers.js';
import { StreamReader } from '../../write/stream-reader.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';

/** An administrator has looked into a fork of the log: it goes on, as this database has it, under another origin. */
export class AcknowledgeFork extends Command<Written> {
  /** @param fork as the refusal of a write has named it */
  constructor(
    readonly write: WriteRequest,
    readonly fork: Fork,
  ) {
    super();
  }
}

/**
 * Appends the one record that may be appended to a forked log. Everything else of this process is kept from writing and
 * signing by the alarm, which stays: the process ends and starts again under the new origin.
 */
@CommandHandler(AcknowledgeFork)
export class AcknowledgeForkHandler implements ICommandHandler<AcknowledgeFork> {
  // eslint-disable-next-line max-params -- Nest injects by constructor
  constructor(
    private readonly streams: StreamReader,
    private readonly answers: IdempotentAnswers,
    private readonly alarm: ForkAlarm,
    private readonly keys: LogKeys,
    private readonly config: AdminConfig,
    private readonly succession: LogSuccession,
    private readonly logger: ServiceLogger,
  ) {}

  async execute({ fork, write }: AcknowledgeFork): Promise<Written> {
    const { name: origin } = this.keys.signer;
    const next = originAfterFork(origin, randomBytes(6).toString('hex'));
    const store = this.succession.openUngated();
    try {
      const writer = new Writer(store, this.streams, this.answers, new ForkAlarm(this.logger.log));
      const written = await writer.run<readonly OriginSuccession[]>(write, () => ({
        resource: LOG_ORIGIN_STREAM,
        read: async () => {
          const known = await this.streams.originSuccessions();
          return { state: known.state, streams: [known] };
        },
        decide: (known) => decideForkAcknowledgement({ named: fork, next, origin }, this.alarm.fork, known),
        answer: (known, { records }) => {
          const before = known.find(({ previousOrigin }) => previousOrigin === origin);
          return { status: 200, body: this.answer(records.length > 0 ? next : (before?.origin ?? next)) };
        },
      }));
      this.succession.now();
      return written;
    } finally {
      await store.close();
    }
  }

  private answer(origin: string): { origin: string; previousOrigin: string; publicKey: string } {
    const text = signerNamed(this.config.settings.KEYFOLD_LOG_SIGNING_KEY.trim(), origin);
    return { origin, previousOrigin: this.keys.signer.name, publicKey: parseSignerKey(text).verifierKey };
  }
}
