import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  type AccessQuestion,
  apiKeyStream,
  type AuditedRecord,
  decodeLeaf,
  disclosableFields,
  type DisclosedExplanation,
  explainDisclosed,
  isOpenWithout,
  LogFold,
  ownerOf,
  roleStream,
  SETTINGS_STREAM,
  userStream,
} from '@keyfold/domain';
import { PostgresEventStore, type StoredRecord } from '@keyfold/event-store';
import { CREDENTIAL_FIELDS } from './event-resource.js';
import { PastStreams } from './past-streams.js';

/** Records that are folded before others have a turn: some 10 ms. */
const RECORDS_A_TURN = 500;
const PAGE = 1_000;

/** What the log said at an earlier position. */
@Injectable()
export class PastFacts {
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: PostgresEventStore,
    private readonly streams: PastStreams,
  ) {}

  /**
   * The facts at a position, folded from the first record on. One fold at a time: each takes the memory of all users
   * and keys.
   *
   * @param isRevealed with sealed values, but never with the hashes of credentials
   */
  at(position: number, isRevealed: boolean): Promise<LogFold> {
    const fold = this.running.then(() => this.fold(position, isRevealed));
    this.running = fold.catch(() => undefined);
    return fold;
  }

  /**
   * Explains a decision on the facts at a position. Reads only the streams that decide over the key, and sealed values
   * only where the answer is open without them.
   *
   * @param mayReveal whether the answer may rest on sealed values; it says on which, for the record of it
   */
  async explain(position: number, question: AccessQuestion, mayReveal: boolean): Promise<DisclosedExplanation> {
    const records = await this.deciding(position, question.keyId);
    const fields = mayReveal ? disclosableFields(question) : [];
    const isDisclosing = fields.length > 0 && isOpenWithout(records, question);
    return explainDisclosed(isDisclosing ? await this.withOpenings(records, fields) : records, question, mayReveal);
  }

  /** The records that decide over a key, in order, without openings. */
  private async deciding(position: number, keyId: string): Promise<AuditedRecord[]> {
    const key = await this.streams.whole([apiKeyStream(keyId)], position);
    const ownerId = ownerOf(key, keyId);
    const owner = ownerId === null ? [] : await this.streams.whole([userStream(ownerId)], position);
    const roleIds = new Set(owner.flatMap(({ data }) => textOf(data['roleId'])));
    const rules = await this.streams.deciding([SETTINGS_STREAM, ...[...roleIds].map(roleStream)], position);
    const records = [...key, ...owner, ...rules].sort((left, right) => left.position - right.position);
    return records.map((record) => ({ record, openings: {} }));
  }

  private async withOpenings(records: readonly AuditedRecord[], fields: readonly string[]): Promise<AuditedRecord[]> {
    const sealing = records.filter(({ record }) => fields.some((field) => record.sealed[field] !== undefined));
    const openings = await this.store.openingsAt(
      sealing.map(({ record }) => record.position),
      fields,
    );
    return records.map(({ record }) => ({ record, openings: openings.get(record.position) ?? {} }));
  }

  private async fold(position: number, isRevealed: boolean): Promise<LogFold> {
    const fold = new LogFold();
    for await (const { openings, record } of isRevealed ? this.opened(position) : this.sealed(position)) {
      fold.add(record, openings);
      if (fold.position % RECORDS_A_TURN === 0) await nextTurn();
    }
    return fold;
  }

  private async *sealed(position: number): AsyncGenerator<AuditedRecord> {
    for await (const { leaf } of this.store.leaves({ from: 1, to: position }))
      yield { record: decodeLeaf(leaf), openings: {} };
  }

  private async *opened(position: number): AsyncGenerator<AuditedRecord> {
    for (let after = 0; after < position;) {
      const page = await this.store.readAfter(after, Math.min(PAGE, position - after));
      if (page.length === 0) throw new Error(`the log has no record at position ${after + 1}`);
      for (const stored of page) yield withoutCredentials(stored);
      after += page.length;
    }
  }
}

function withoutCredentials({ openings, record }: StoredRecord): AuditedRecord {
  const shown = Object.entries(openings).filter(([field]) => !CREDENTIAL_FIELDS.has(field));
  return { record, openings: Object.fromEntries(shown) };
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : [];
}
