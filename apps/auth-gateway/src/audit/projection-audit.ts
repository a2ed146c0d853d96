import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import type { JsonValue } from '@keyfold/domain';
import { problemOf } from '@keyfold/messaging';
import type { Logger } from '@keyfold/service-kit';
import type { Fact } from '../facts/fact.js';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import type { Siblings } from '../workers/siblings.js';
import { AuditSample } from './audit-sample.js';
import { MendedStreams } from './mended-streams.js';
import { type DifferentRow, type LogReach, RowAudit, type RowComparison, TablesAheadError } from './row-audit.js';
import { mendRows, placeOf } from './stored-rows.js';

const MENDED_LOOK_MS = 1_000;
const TOPIC = 'mended-streams';
/** As long as memory takes to follow the tables, or something is wrong. */
const MEMORY_WAIT_MS = 2_000;
const STREAMS_AT_ONCE = 100;

export interface ProjectionAuditParts {
  readonly pool: Pool;
  readonly facts: GatewayFacts;
  readonly siblings: Siblings;
  /** Without a lease nothing is allowed, so nothing has to be compared. */
  readonly freshness: { holdsLease(): boolean };
}

/**
 * Compares a sample of this gateway's rows, and of what this process has made of them in memory, with the log: a few
 * entities each round, by what the log's key vouches for. Nothing else would notice that a row was changed, since rows
 * are signed by nobody.
 *
 * Where a row differs, no process of memory is left with it: the log's word takes its place in memory in the
 * synchronous step in which the difference is found, and the row is not read into memory again before it has been put
 * right. This process cosigns nothing meanwhile.
 */
export class ProjectionAudit {
  /** Entities compared since the start. */
  compared = 0;
  /** Differences found since the start, in rows and in memory. */
  differences = 0;
  private readonly suspected = new Set<string>();
  private readonly sample: AuditSample;
  private readonly mended: MendedStreams;
  private rows: RowAudit | undefined;
  private timers: NodeJS.Timeout[] = [];
  private running: Promise<unknown> = Promise.resolve();
  private roundedAtMs = performance.now();
  private isFailing = false;
  private isUnanswered = false;
  private isStopped = false;

  constructor(
    private readonly parts: ProjectionAuditParts,
    private readonly options: { readonly intervalSeconds: number; readonly log: Logger },
  ) {
    const { facts, pool, siblings } = parts;
    this.sample = new AuditSample(pool, facts, siblings.count);
    this.mended = new MendedStreams(pool);
    siblings.on(TOPIC, (body: JsonValue) => {
      this.suspect(body as string[]);
    });
  }

  /** Since the last round that has compared all it was to, or since the start. Seconds; 0 where there are no rounds. */
  get ageSeconds(): number {
    return this.options.intervalSeconds === 0 ? 0 : (performance.now() - this.roundedAtMs) / 1_000;
  }

  /** Takes what the log says from there from now on. */
  follow(log: LogReach): void {
    this.rows = new RowAudit(this.parts.pool, log);
  }

  start(): void {
    const every = (ms: number, work: () => Promise<void>): NodeJS.Timeout =>
      setInterval(() => {
        void this.alone(work);
      }, ms).unref();
    const { intervalSeconds, log } = this.options;
    this.timers = [every(MENDED_LOOK_MS, () => this.lookForMended())];
    if (intervalSeconds === 0)
      log.warn({}, 'the projection is not compared with the log (KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS=0)');
    else this.timers.push(every(intervalSeconds * 1_000, () => this.round()));
    void this.alone(() => this.lookForMended());
  }

  async close(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.running;
  }

  /** Has these compared at once, whatever the next round would choose: something says that they may differ. */
  suspect(streams: readonly string[]): void {
    for (const stream of streams) this.suspected.add(stream);
    void this.alone(() => this.checkSuspected());
  }

  /** One round. What cannot be compared now is left to later ones. */
  async round(): Promise<void> {
    const { facts, freshness } = this.parts;
    if (!freshness.holdsLease()) return;
    // What differs and could not be put right is tried again.
    const streams = new Set([...facts.distrustedStreams, ...(await this.sample.next())]);
    const near = 1 + Math.floor(Math.random() * Math.max(1, facts.appliedSize));
    const further = await this.check([...streams], near);
    if (further === null) return;
    // What the log has there, and the tables perhaps have not: a row that is missing is on no walk.
    await this.check(further);
    await this.checkSuspected();
    this.roundedAtMs = performance.now();
    this.isFailing = false;
  }

  /**
   * Compares these with the log and puts right what differs, in the tables and in memory.
   *
   * @param near where in the log to look for further streams
   * @returns further streams; null if the admin-service is of a version that answers no such question
   */
  async check(streams: readonly string[], near?: number): Promise<readonly string[] | null> {
    const further: string[] = [];
    for (let at = 0; at < streams.length && !this.isStopped; at += STREAMS_AT_ONCE) {
      const part = streams.slice(at, at + STREAMS_AT_ONCE);
      const comparison = await this.rows?.compare(part, at === 0 ? near : undefined);
      this.noteAnswer(comparison !== null);
      if (comparison === undefined || comparison === null) return null;
      await this.putRight(comparison);
      further.push(...comparison.further);
    }
    return further;
  }

  private async putRight(comparison: RowComparison): Promise<void> {
    const { asOf, compared, different } = comparison;
    const { facts } = this.parts;
    const bad = new Set(different.map(({ stream }) => stream));
    for (const stream of compared) if (!bad.has(stream)) facts.trust(stream);
    for (const { difference, stream } of different) {
      facts.distrust(stream);
      this.report({ stream, difference, where: 'row' });
    }
    // From here on nothing of these rows gets into memory. What is there was read before.
    if (!(await facts.whenApplied(asOf, MEMORY_WAIT_MS))) throw new Error('memory did not follow the tables');
    this.correctMemory(comparison);
    await this.mend(different);
    this.compared += compared.length;
  }

  private correctMemory({ asOf, compared, expected }: RowComparison): void {
    for (const stream of compared) {
      const fact = expected.get(stream)?.fact ?? null;
      const found = this.parts.facts.correct({ ...placeOf(stream), stream, fact, asOf }, isOther);
      if (found === 'corrected') this.report({ stream, difference: 'another fact', where: 'memory' });
      if (found === 'touched') this.suspected.add(stream);
    }
  }

  private async mend(different: readonly DifferentRow[]): Promise<void> {
    if (different.length === 0) return;
    const { facts, pool, siblings } = this.parts;
    const mended = await mendRows(pool, different);
    for (const stream of mended) facts.trust(stream);
    siblings.send(TOPIC, mended);
    this.options.log.warn({ streams: mended.length }, 'rows that differed from the log have been corrected');
    // To the others a record was applied meanwhile.
    for (const { stream } of different) if (!mended.includes(stream)) this.suspected.add(stream);
  }

  private report(found: { stream: string; difference: string; where: 'row' | 'memory' }): void {
    this.differences++;
    this.options.log.error(
      { ...found, alarm: 'PROJECTION_DIFFERS' },
      "this gateway's projection differs from the log: it was changed by something else, or damaged",
    );
  }

  private async lookForMended(): Promise<void> {
    for (const stream of await this.mended.sinceLast()) this.suspected.add(stream);
    await this.checkSuspected();
  }

  private async checkSuspected(): Promise<void> {
    const streams = [...this.suspected];
    this.suspected.clear();
    try {
      await this.check(streams);
    } catch (error) {
      for (const stream of streams) this.suspected.add(stream);
      throw error;
    }
  }

  /** One after the other; never rejects. */
  private alone(work: () => Promise<void>): Promise<void> {
    const next = this.running.then(async () => {
      if (this.isStopped) return;
      try {
        await work();
      } catch (error) {
        this.noteFailure(error);
      }
    });
    this.running = next;
    return next;
  }

  private noteFailure(error: unknown): void {
    if (error instanceof TablesAheadError)
      this.report({ stream: 'projection', difference: error.message, where: 'row' });
    else if (!this.isFailing && !this.isStopped) {
      const { code } = problemOf(error, 'HANDLER_FAILED');
      this.options.log.warn({ code, err: error }, 'the projection could not be compared with the log; will retry');
    }
    this.isFailing = true;
  }

  private noteAnswer(isAnswered: boolean): void {
    if (!isAnswered && !this.isUnanswered)
      this.options.log.info(
        {},
        'the admin-service is of an older version, so the projection cannot be compared with the log: upgrade it',
      );
    this.isUnanswered = !isAnswered;
  }
}

function isOther(held: Fact<unknown> | null, expected: Fact<unknown> | null): boolean {
  if (held === null || expected === null) return held !== expected;
  return held.version !== expected.version || !isDeepStrictEqual(asJson(held.state), asJson(expected.state));
}

/** As a row would have it: what a fold leaves undefined is no member there. */
function asJson(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state));
}
