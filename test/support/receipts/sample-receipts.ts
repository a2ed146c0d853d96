import {
  buildReceipt,
  cosignatureLine,
  type Cosigner,
  encodeLeaf,
  gatewayEnrolled,
  generateCosignerKey,
  generateSignerKey,
  leafHash,
  type NewEvent,
  nodeHash,
  type NodeId,
  type NoteSigner,
  parseCosignerKey,
  parseSignerKey,
  planInclusion,
  planRoot,
  type ReceiptEnrolment,
  type ReceiptInclusion,
  type ReceiptProof,
  signCheckpoint,
  type StatementLine,
} from '@keyfold/domain';

/** How one lease row stands in a receipt to be made. */
export interface SampleRow {
  readonly gatewayId: string;
  readonly slot: string;
  /** Size of the checkpoint that it has cosigned; null: its lease has ended. */
  readonly cosignedSize: number | null;
}

const FIRST_MS = Date.UTC(2026, 0, 1);
const FIRST_SECONDS = FIRST_MS / 1_000;

/** A log in memory with gateways that enrol and cosign, for receipts as an honest log makes them. */
export class SampleLog {
  readonly signer: NoteSigner;
  private readonly leaves: Buffer[] = [];
  private readonly versions = new Map<string, number>();
  /** By `<gatewayId>/<slot>`: the key, and the position of the record that enrols it. */
  private readonly processes = new Map<string, { key: Cosigner; position: number }>();
  private seeds = 1;

  constructor(origin = 'keyfold.local/sample', seed = 1) {
    this.signer = parseSignerKey(generateSignerKey(origin, Buffer.alloc(32, seed)));
  }

  get size(): number {
    return this.leaves.length;
  }

  /** @returns the position */
  append({ data, sealed, stream, type }: NewEvent): number {
    const position = this.leaves.length + 1;
    const version = (this.versions.get(stream) ?? 0) + 1;
    this.versions.set(stream, version);
    const recordedAt = new Date(FIRST_MS + position * 1_000).toISOString();
    const written = { position, stream, version, type, schemaVersion: 1, recordedAt, actor: 'user/u1', data };
    // The events of these samples have nothing sealed.
    if (Object.keys(sealed).length > 0) throw new Error('nothing sealed');
    this.leaves.push(encodeLeaf({ ...written, correlationId: `c${position}`, sealed: {} }));
    return position;
  }

  revoke(keyId: string): number {
    const data = { reason: 'KEY_COMPROMISE' };
    return this.append({ stream: `api-key/${keyId}`, type: 'ApiKeyRevoked', schemaVersion: 1, data, sealed: {} });
  }

  /** Gives a slot a key, by a record; a second time another one unless the seed is given. */
  enrol(gatewayId: string, slot: string, seedNumber = this.seeds++): number {
    const name = `${gatewayId}/${slot}`;
    const seed = Buffer.alloc(32, 100);
    seed.writeUInt32BE(seedNumber);
    const key = parseCosignerKey(generateCosignerKey(name, seed));
    const position = this.append(gatewayEnrolled(key.verifierKey));
    this.processes.set(name, { key, position });
    return position;
  }

  keyOf(gatewayId: string, slot: string): Cosigner {
    return this.processOf(gatewayId, slot).key;
  }

  leaf(position: number): Buffer {
    const leaf = this.leaves[position - 1];
    if (leaf === undefined) throw new Error(`there is no record at ${position}`);
    return leaf;
  }

  inclusion(position: number, treeSize: number): ReceiptInclusion {
    const hashes = planInclusion(position - 1, treeSize).assemble((node) => this.node(node));
    return { leafIndex: position - 1, treeSize, hashes };
  }

  /** A checkpoint with cosignatures by these processes. */
  checkpoint(size: number, cosigners: readonly Cosigner[] = [], signer = this.signer): string {
    const [root] = planRoot(size).assemble((node) => this.node(node));
    if (root === undefined) throw new Error('a plan of a root gives one hash');
    const note = signCheckpoint({ origin: signer.name, size, root }, signer);
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    return note + cosigners.map((cosigner) => cosignatureLine(text, cosigner, FIRST_SECONDS + size)).join('');
  }

  /** The receipt that an honest log gives for the record at a position. */
  receipt(position: number, rows: readonly SampleRow[]): string {
    const applied = rows.filter(({ cosignedSize }) => cosignedSize !== null);
    const names = [...new Set(applied.map(({ gatewayId, slot }) => `${gatewayId}/${slot}`))];
    const processes = names.map((name) => this.processes.get(name) ?? missing(name));
    const reach = Math.max(position, ...processes.map((process) => process.position));
    const cosigned = applied.map(({ cosignedSize }) => cosignedSize ?? 0);
    const largest = Math.max(reach, ...cosigned);
    return buildReceipt(
      {
        position,
        leaf: this.leaf(position),
        proofs: [...new Set([largest, ...cosigned])].map((size) => this.proof(position, size, applied)),
        enrolments: processes.map((process) => this.enrolment(process.position, largest)),
        lines: rows.map((row, nth) => lineOf(row, nth)),
      },
      this.signer,
    );
  }

  proof(position: number, size: number, rows: readonly SampleRow[]): ReceiptProof {
    const names = rows
      .filter(({ cosignedSize }) => cosignedSize === size)
      .map(({ gatewayId, slot }) => `${gatewayId}/${slot}`);
    const cosigners = [...new Set(names)].map((name) => (this.processes.get(name) ?? missing(name)).key);
    return { checkpoint: this.checkpoint(size, cosigners), inclusion: this.inclusion(position, size) };
  }

  enrolment(position: number, treeSize: number): ReceiptEnrolment {
    return { leaf: this.leaf(position), inclusion: this.inclusion(position, treeSize) };
  }

  private processOf(gatewayId: string, slot: string): { key: Cosigner; position: number } {
    return this.processes.get(`${gatewayId}/${slot}`) ?? missing(`${gatewayId}/${slot}`);
  }

  private node({ index, level }: NodeId): Buffer {
    if (level === 0) return leafHash(this.leaf(index + 1));
    return nodeHash(
      this.node({ level: level - 1, index: 2 * index }),
      this.node({ level: level - 1, index: 2 * index + 1 }),
    );
  }
}

export function lineOf({ cosignedSize, gatewayId, slot }: SampleRow, nth: number): StatementLine {
  const at = new Date(FIRST_MS + 3_600_000 + nth).toISOString();
  return cosignedSize === null
    ? { gatewayId, slot, by: 'lease-ended', at }
    : { gatewayId, slot, by: 'applied', size: cosignedSize, at };
}

function missing(name: string): never {
  throw new Error(`${name} is not enrolled`);
}

/** A log with a receipt for each of three keys, over trees of different sizes: what the tests take apart. */
export function sampleReceipts(): {
  log: SampleLog;
  keys: readonly { keyId: string; position: number; file: string }[];
} {
  const log = new SampleLog();
  for (const [gatewayId, slot] of [
    ['gw-1', '0'],
    ['gw-1', '1'],
    ['gw-2', '0'],
  ] as const)
    log.enrol(gatewayId, slot);
  const positions = ['keyA', 'keyB', 'keyC'].map((keyId) => ({ keyId, position: log.revoke(keyId) }));
  for (let more = 0; more < 30; more += 1) log.revoke(`other${more}`);
  const keys = positions.map(({ keyId, position }, nth) => {
    const rows = [
      { gatewayId: 'gw-1', slot: '0', cosignedSize: position + 4 + nth },
      { gatewayId: 'gw-1', slot: '1', cosignedSize: position },
      { gatewayId: 'gw-2', slot: '0', cosignedSize: position + 4 + nth },
      { gatewayId: 'gw-3', slot: '0', cosignedSize: null },
    ];
    return { keyId, position, file: log.receipt(position, rows) };
  });
  return { log, keys };
}
