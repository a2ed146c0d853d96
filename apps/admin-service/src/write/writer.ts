import { Injectable } from '@nestjs/common';
import { grantsAccess, type NewEvent, newEventProblem } from '@keyfold/domain';
import {
  type AppendedEvents,
  type AppendRequest,
  type HeldClaim,
  PostgresEventStore,
  type Tx,
} from '@keyfold/event-store';
import { ForkAlarm } from '@keyfold/messaging';
import type { DecidedAnswer, Decision, Reading, Written } from './decision.js';
import { IdempotentAnswers } from './idempotent-answers.js';
import { KeyedMutex } from './keyed-mutex.js';
import { StreamReader } from './stream-reader.js';
import { WriteUnavailableError } from './write-error.js';
import { refuseInOrder, type WriteRequest } from './write-request.js';

/**
 * Each round of a contended stream lets one writer through, so a writer behind n others needs n rounds. More than this
 * at once is a queue that would outlast the client's patience.
 */
const MAX_ROUNDS = 64;

/** A write with the claim of its Idempotency-Key; null if it has none. */
interface ClaimedWrite extends WriteRequest {
  readonly claim: HeldClaim | null;
}

/** Runs a write: reads, decides, appends, and decides again if what it rests on has changed meanwhile. */
@Injectable()
export class Writer {
  private readonly mutex = new KeyedMutex();

  constructor(
    private readonly store: PostgresEventStore,
    private readonly streams: StreamReader,
    private readonly answers: IdempotentAnswers,
    private readonly forks: ForkAlarm,
  ) {}

  /**
   * @param prepare makes the decision; runs once, and not for a replay, so costly work (hashing) belongs in it
   * @throws DomainError, WriteUnavailableError
   */
  async run<State>(write: WriteRequest, prepare: () => Decision<State> | Promise<Decision<State>>): Promise<Written> {
    // The append asks again; here it saves the work before it.
    this.forks.assertNone();
    const { idempotency } = write;
    const execute = async (claim: HeldClaim | null): Promise<Written> => {
      const decision = await prepare();
      return this.mutex.run(decision.resource, () => this.rounds({ ...write, claim }, decision));
    };
    return idempotency ? this.answers.once(write.actor, idempotency, execute) : execute(null);
  }

  private async rounds<State>(write: ClaimedWrite, decision: Decision<State>): Promise<Written> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const written = await this.attempt(write, decision);
      if (written) return written;
      this.streams.forget();
    }
    throw WriteUnavailableError.tooMany();
  }

  /** @returns undefined if a stream has moved on since it was read, or the guard finds the decision outdated */
  private async attempt<State>(write: ClaimedWrite, decision: Decision<State>): Promise<Written | undefined> {
    const { guard } = decision;
    const reading = await decision.read();
    const events = decideInOrder(write, decision, reading);
    demandReadable(events);
    // After the read, which has compared the clocks.
    if (this.store.logTime.suspicion !== null && events.some(grantsAccess)) throw clockSuspect();
    const finish = (appended: AppendedEvents): { answer: DecidedAnswer; version: number } => ({
      answer: decision.answer(reading.state, appended),
      version: sumOf(answeredStreams(decision), (stream) => versionAfter(stream, reading, appended)),
    });
    const outcome = await this.store.append({
      expected: reading.streams.map(({ stream, version }) => ({ stream, version })),
      events,
      actor: write.actor,
      correlationId: write.correlationId,
      ...(guard ? { guard: (tx: Tx) => guard(tx, reading.state) } : {}),
      ...this.completion(write, finish),
    });
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind === 'version-conflict' || outcome.kind === 'outdated') return undefined;
    const appended: AppendedEvents =
      outcome.kind === 'appended'
        ? outcome
        : { firstPosition: outcome.headPosition, lastPosition: outcome.headPosition, records: [] };
    const { answer, version } = finish(appended);
    const position = appended.lastPosition;
    const confirms = outcome.kind === 'appended' ? position : await causeOf(decision, reading.state, position);
    return { status: answer.status, body: answer.body, position, confirms, version, isReplay: false };
  }

  private completion(
    { claim }: ClaimedWrite,
    finish: (appended: AppendedEvents) => { answer: DecidedAnswer; version: number },
  ): Pick<AppendRequest, 'idempotency'> {
    if (claim === null) return {};
    const complete = (appended: AppendedEvents): ReturnType<typeof this.answers.toRemember> => {
      const { answer, version } = finish(appended);
      return this.answers.toRemember(answer, { position: appended.lastPosition, version });
    };
    return { idempotency: { ...claim, complete } };
  }
}

/** Of the record that had done what there was to do; else the head. */
async function causeOf<State>(decision: Decision<State>, state: State, head: number): Promise<number> {
  return (await decision.cause?.(state, head)) ?? head;
}

function decideInOrder<State>(
  write: WriteRequest,
  decision: Decision<State>,
  reading: Reading<State>,
): readonly NewEvent[] {
  const streams = decision.versionedBy ?? [decision.resource];
  const current = sumOf(streams, (stream) => versionRead(stream, reading));
  return refuseInOrder(write.ifMatch, current, () => decision.decide(reading.state));
}

function clockSuspect(): WriteUnavailableError {
  return new WriteUnavailableError(
    "The clock of the log's database is suspect: nothing that grants access is written until the clocks agree again. Revoking and restricting work.",
    60,
  );
}

/** The last place where a mistake of ours can be kept out of the log, which nothing takes anything out of again. */
function demandReadable(events: readonly NewEvent[]): void {
  for (const event of events) {
    const problem = newEventProblem(event);
    if (problem !== null) throw new Error(`an event for ${event.stream} could not be read again: ${problem}`);
  }
}

function answeredStreams({
  answers,
  resource,
  versionedBy,
}: Pick<Decision<unknown>, 'answers' | 'resource' | 'versionedBy'>): readonly string[] {
  return answers === undefined ? (versionedBy ?? [resource]) : [answers];
}

function sumOf(streams: readonly string[], versionOf: (stream: string) => number): number {
  return streams.reduce((sum, stream) => sum + versionOf(stream), 0);
}

function versionRead(stream: string, reading: Reading<unknown>): number {
  return reading.streams.find((read) => read.stream === stream)?.version ?? 0;
}

function versionAfter(stream: string, reading: Reading<unknown>, appended: AppendedEvents): number {
  const last = appended.records.findLast(({ record }) => record.stream === stream);
  return last?.record.version ?? versionRead(stream, reading);
}
