import { createHash } from 'node:crypto';
import {
  encodeLeaf,
  Frontier,
  type JsonObject,
  type JsonValue,
  leafHash,
  nodeHash,
  type NodeId,
  type Opening,
  planConsistency,
  planInclusion,
  planRoot,
  sealValue,
} from '@keyfold/domain';
import type { CommittedSource, LogSource, SignedCheckpoints, SourceRecord } from '@keyfold/messaging';

/** An event as a test writes it down. */
export interface MemoryEvent {
  readonly stream: string;
  readonly type: string;
  readonly data?: JsonObject;
  readonly sealed?: Readonly<Record<string, JsonValue>>;
}

const START_MS = Date.UTC(2026, 0, 1);

/**
 * The log in memory, for tests: the same records and tree as in Postgres, deterministic, and with a past that can be
 * cut off.
 */
export class MemoryLog implements LogSource, SignedCheckpoints {
  records: SourceRecord[] = [];
  /** Of the server that holds it. */
  server = 'memory';
  private levels: Buffer[][] = [[]];
  private frontier = Frontier.empty();
  private readonly erased: { position: number; field: string; erasure: number }[] = [];
  private readonly listeners = new Set<(size: number, committed?: CommittedSource) => void>();
  private readonly signed = new Map<string, { size: number; root: Buffer; note: string }>();

  /** As if another process had committed them. */
  append(...events: readonly MemoryEvent[]): void {
    for (const event of events) this.add(event);
    for (const listener of this.listeners) listener(this.records.length);
  }

  /** As the process that listens commits them. @returns what its listeners get */
  commit(...events: readonly MemoryEvent[]): CommittedSource {
    const before = { size: this.size, frontier: this.frontier.toBytes() };
    for (const event of events) this.add(event);
    const committed = { server: this.server, before, records: this.records.slice(before.size) };
    for (const listener of this.listeners) listener(this.records.length, committed);
    return committed;
  }

  /** Loses everything after `size`, as a failover to a stale replica does. What has been signed is lost with it. */
  cut(size: number): void {
    const kept = this.records.slice(0, size);
    this.records = [];
    this.levels = [[]];
    this.frontier = Frontier.empty();
    this.signed.clear();
    for (const record of kept) this.push(record);
  }

  /** Destroys the opening of a field, as an erasure does: the last record of the log, unless another is given. */
  erase(position: number, field: string, erasure = this.size): void {
    const stored = this.recordAt(position);
    this.erased.push({ position, field, erasure });
    const openings = Object.fromEntries(Object.entries(stored.openings).filter(([name]) => name !== field));
    this.records[position - 1] = { ...stored, openings };
  }

  recordAt(position: number): SourceRecord {
    const stored = this.records[position - 1];
    if (stored === undefined) throw new Error(`there is no record ${position}`);
    return stored;
  }

  get size(): number {
    return this.records.length;
  }

  readonly head: LogSource['head'] = (after) => {
    const { server, size } = this;
    const leafHashes = after === undefined || after > size ? null : (this.levels[0] ?? []).slice(after);
    const frontier = this.frontier.clone();
    const recordedAt = this.records.at(-1)?.record.recordedAt ?? null;
    const logTime = new Date(START_MS + size).toISOString();
    return Promise.resolve({ size, root: frontier.root(), recordedAt, frontier, logTime, server, leafHashes });
  };

  readAfter(position: number, limit: number): Promise<SourceRecord[]> {
    return Promise.resolve(this.records.slice(position, position + limit));
  }

  readAt(position: number): Promise<SourceRecord | undefined> {
    return Promise.resolve(this.records[position - 1]);
  }

  readStreams(tails: readonly { readonly stream: string }[]): Promise<{ records: SourceRecord[] }> {
    const streams = new Set(tails.map(({ stream }) => stream));
    return Promise.resolve({ records: this.records.filter(({ record }) => streams.has(record.stream)) });
  }

  readonly readStreamParts: LogSource['readStreamParts'] = (tails, { limit, through }) => {
    const after = new Map(tails.map((tail) => [tail.stream, tail.after]));
    const found = this.records.filter(({ record: { position, stream, version } }) => {
      const from = after.get(stream);
      return from !== undefined && version > from && position <= through;
    });
    return Promise.resolve(found.slice(0, limit));
  };

  readonly streamVersions: LogSource['streamVersions'] = (streams, through) => {
    const found = this.records.filter(({ record }) => streams.includes(record.stream) && record.position <= through);
    return Promise.resolve(new Map(found.map(({ record }) => [record.stream, record.version])));
  };

  rootAt(size: number): Promise<Buffer> {
    const [root] = planRoot(size).assemble((node) => this.node(node));
    if (root === undefined) throw new Error('a plan of a root gives one hash');
    return Promise.resolve(root);
  }

  inclusionProofs(leafIndexes: readonly number[], treeSize: number): Promise<Buffer[][]> {
    return Promise.resolve(
      leafIndexes.map((index) => planInclusion(index, treeSize).assemble((node) => this.node(node))),
    );
  }

  consistencyProof(from: number, to: number): Promise<Buffer[]> {
    return Promise.resolve(planConsistency(from, to).assemble((node) => this.node(node)));
  }

  readonly erasedPositions: LogSource['erasedPositions'] = ({ fields, after, through }) => {
    const found = this.erased.filter(
      ({ field, erasure }) => fields.includes(field) && erasure > after && erasure <= through,
    );
    const order = found.map(({ position, erasure }) => ({ position, erasedBy: erasure }));
    return Promise.resolve(order.sort((a, b) => a.erasedBy - b.erasedBy || a.position - b.position));
  };

  onAppend(listener: (size: number, committed?: CommittedSource) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  largestSignedCheckpoint(origin: string): Promise<{ size: number; root: Buffer; note: string } | undefined> {
    return Promise.resolve(this.signed.get(origin));
  }

  readonly recordSignedCheckpoint: SignedCheckpoints['recordSignedCheckpoint'] = (checkpoint, compared) => {
    if (compared.server !== this.server) return Promise.resolve('other-server');
    const largest = this.signed.get(checkpoint.origin);
    if ((largest?.size ?? null) !== compared.largestSize) return Promise.resolve('overtaken');
    this.signed.set(checkpoint.origin, checkpoint);
    return Promise.resolve('recorded');
  };

  private add({ data = {}, sealed = {}, stream, type }: MemoryEvent): void {
    const position = this.size + 1;
    const openings: Record<string, Opening> = {};
    const commitments: Record<string, string> = {};
    for (const [field, value] of Object.entries(sealed)) {
      const salt = createHash('sha256').update(`salt ${position} ${field}`).digest();
      const { commitment, opening } = sealValue(value, salt);
      openings[field] = opening;
      commitments[field] = commitment;
    }
    const record = {
      position,
      stream,
      version: 1,
      type,
      schemaVersion: 1,
      recordedAt: new Date(START_MS + position).toISOString(),
      actor: 'system',
      correlationId: `correlation-${position}`,
      data,
      sealed: commitments,
    };
    this.push({ record, leaf: encodeLeaf(record), openings });
  }

  private push(stored: SourceRecord): void {
    this.records.push(stored);
    let hash = leafHash(stored.leaf);
    this.frontier.append(hash);
    for (let level = 0; ; level += 1) {
      const hashes = (this.levels[level] ??= []);
      hashes.push(hash);
      const left = hashes.at(-2);
      if (hashes.length % 2 === 1 || left === undefined) return;
      hash = nodeHash(left, hash);
    }
  }

  private node({ level, index }: NodeId): Buffer {
    const hash = this.levels[level]?.[index];
    if (hash === undefined) throw new Error(`the log has no node ${level}/${index}`);
    return hash;
  }
}
