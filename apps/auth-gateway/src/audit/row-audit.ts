import type { Pool } from 'pg';
import type { HeadClient, StreamAnswer, StreamClient, VerifiedRecord } from '@keyfold/messaging';
import type { FactChange } from '../facts/fact.js';
import { expectedFacts, ownerIn } from './expected-facts.js';
import { rowDifference, rowOf } from './row-difference.js';
import { type Mending, readRowsOf } from './stored-rows.js';

/** The tables hold more than the log: somebody has changed the position that they say. */
export class TablesAheadError extends Error {
  override readonly name = 'TablesAheadError';
}

/** How the log is reached. */
export interface LogReach {
  readonly heads: Pick<HeadClient, 'ask' | 'latest'>;
  readonly streams: Pick<StreamClient, 'ask'>;
}

/** What the log says of streams, and how their rows differ from it. */
export interface RowComparison {
  /** Where the tables stood. */
  readonly asOf: number;
  /** The streams that could be compared. */
  readonly compared: readonly string[];
  /** By stream; null for one that the log does not have. */
  readonly expected: ReadonlyMap<string, FactChange | null>;
  readonly different: readonly DifferentRow[];
  /** Streams that are worth comparing as well: owners of keys, and what the log has near a position. */
  readonly further: readonly string[];
}

/** A row that says something else than the log, and what it has to become. */
export interface DifferentRow extends Mending {
  /** See `rowDifference`. */
  readonly difference: string;
}

/** Compares rows with the log: both exactly as of the position at which the tables stand when the rows are read. */
export class RowAudit {
  constructor(
    private readonly pool: Pool,
    private readonly log: LogReach,
  ) {}

  /**
   * @param streams at most 100
   * @param near a position; names of streams from there on are among the further ones
   * @returns null if the admin-service is of a version that answers no such question
   * @throws TablesAheadError; FeedProblem if the log's word cannot be had; whatever Postgres throws
   */
  async compare(streams: readonly string[], near?: number): Promise<RowComparison | null> {
    const { appliedSize: asOf, rows } = await readRowsOf(this.pool, streams);
    if (asOf === 0) return { asOf, compared: [], expected: new Map(), different: [], further: [] };
    const answer = await this.ask(streams, asOf, near);
    if (answer === null) return null;
    const { facts: expected, undetermined } = expectedFacts(answer.records);
    const compared = streams.filter((stream) => !undetermined.has(stream));
    const different = compared.flatMap((stream) => {
      const stored = rows.get(stream) ?? null;
      const change = expected.get(stream) ?? null;
      const difference = rowDifference(stored, change === null ? null : rowOf(change));
      return difference === null ? [] : [{ stream, stored, expected: change, difference }];
    });
    const owners = [...answer.records.keys()].filter((stream) => !streams.includes(stream));
    return { asOf, compared, expected, different, further: [...owners, ...answer.near] };
  }

  private async ask(streams: readonly string[], asOf: number, near: number | undefined): Promise<StreamAnswer | null> {
    const { heads, streams: client } = this.log;
    const known = heads.latest ?? null;
    const head = known !== null && known.size >= asOf ? known : await heads.ask();
    if (head.size < asOf)
      throw new TablesAheadError(`the tables stand at ${asOf}, and the log's newest head at ${head.size}`);
    const asked = await client.ask({ streams, asOf, head, ...(near === undefined ? {} : { near }) });
    if (asked === null) return null;
    // An erasure, which takes values from keys, is a record of their owner.
    const owners = new Set([...asked.records.values()].flatMap((records) => ownerIn(records) ?? []));
    const missing = [...owners].filter((owner) => !asked.records.has(owner));
    if (missing.length === 0) return asked;
    const further = await client.ask({ streams: missing, asOf, head });
    if (further === null) return null;
    const records = new Map<string, readonly VerifiedRecord[]>([...asked.records, ...further.records]);
    return { records, near: asked.near };
  }
}
