import { Injectable } from '@nestjs/common';
import { checkpointOf, type Fork, LOG_ORIGIN_STREAM, type LogRecord, readLogEvent } from '@keyfold/domain';
import { PostgresEventStore, type StoredRecord } from '@keyfold/event-store';
import { ForkAlarm, type KeptPart, keptRecords, NatsLink } from '@keyfold/messaging';
import { ProblemError } from '@keyfold/service-kit';
import { Database } from '../../platform/database.js';
import { LogKeys } from '../../platform/log-keys.js';
import { type GenerationRow, SELECT_NEWEST_GENERATION } from '../../tables/lease-rows.js';
import type { AcknowledgedFork, LogForks } from './fork-resource.js';

/** Of which records the stream is asked, and under which origin they were written. */
interface LostPart {
  readonly origin: string;
  /** Both logs may have the records up to here. */
  readonly after: number;
}

/** What this process has found of a fork, and what the log says of earlier ones. */
@Injectable()
export class ForkQueries {
  // eslint-disable-next-line max-params -- Nest injects by constructor
  constructor(
    private readonly store: PostgresEventStore,
    private readonly alarm: ForkAlarm,
    private readonly keys: LogKeys,
    private readonly database: Database,
    private readonly link: NatsLink,
  ) {}

  async get(): Promise<LogForks> {
    const { name: origin, verifierKey } = this.keys.signer;
    const acknowledged = await this.acknowledged();
    // Once it is acknowledged, this process is about to end: the fork is no longer one that somebody has to look at.
    const isOver = acknowledged.some(({ previousOrigin }) => previousOrigin === origin);
    const fork = isOver ? null : this.alarm.fork;
    return {
      origin,
      publicKey: verifierKey,
      fork: fork === null ? null : { position: fork.position, checkpoint: fork.checkpoint, size: sizeOf(fork) },
      confirms: fork === null && !isOver && (await this.isConfirming()),
      acknowledged,
    };
  }

  /**
   * What the broker has kept of the records that the database lost.
   *
   * @param acknowledgement position of the record that acknowledged the fork; null for the one that stands
   * @returns none where there is no broker, or the broker has none
   * @throws ProblemError 404 if there is no such fork, 503 if the broker cannot be asked
   */
  async lost(acknowledgement: number | null, { after, limit }: KeptPart): Promise<LogRecord[]> {
    const part = await this.partOf(acknowledgement);
    if (!this.link.isConfigured) return [];
    const { connection } = this.link;
    if (connection === undefined) return unavailable();
    // The one that was acknowledged a moment ago is still this process's own.
    const { previousOrigins, signer } = this.keys;
    const then = [signer, ...previousOrigins].find(({ name }) => name === part.origin);
    if (then === undefined) throw new Error(`the log never had the origin ${part.origin}`);
    return keptRecords(connection, then.keyId, { after: Math.max(after, part.after), limit }).catch(unavailable);
  }

  private async partOf(acknowledgement: number | null): Promise<LostPart> {
    const fork = this.alarm.fork;
    if (acknowledgement === null && fork !== null) return { origin: this.keys.signer.name, after: fork.position };
    const known = (await this.acknowledged()).find(({ recordPosition }) => recordPosition === acknowledgement);
    if (known === undefined) throw new ProblemError(404, 'NOT_FOUND', 'There is no such fork.');
    return { origin: known.previousOrigin, after: known.position };
  }

  /** The newest first. */
  private async acknowledged(): Promise<AcknowledgedFork[]> {
    return (await this.store.readStream(LOG_ORIGIN_STREAM)).flatMap(acknowledgedIn).reverse();
  }

  /** Whether no lease can run any more that no row tells of. */
  private async isConfirming(): Promise<boolean> {
    const { rows } = await this.database.pool.query<GenerationRow>(SELECT_NEWEST_GENERATION);
    const [newest] = rows;
    return newest !== undefined && newest.is_over && (newest.origin ?? this.keys.signer.name) === this.keys.signer.name;
  }
}

function unavailable(): never {
  throw new ProblemError(503, 'UNAVAILABLE', 'The broker cannot be asked right now.');
}

function acknowledgedIn({ record }: StoredRecord): AcknowledgedFork[] {
  const read = readLogEvent(record);
  if (read.kind !== 'event' || read.event.type !== 'ForkAcknowledged') return [];
  const { data } = read.event;
  return [
    {
      ...data,
      size: sizeOf(data),
      recordPosition: record.position,
      acknowledgedAt: record.recordedAt,
      acknowledgedBy: record.actor,
    },
  ];
}

const sizeOf = ({ checkpoint }: Fork): number | null => checkpointOf(checkpoint)?.size ?? null;
