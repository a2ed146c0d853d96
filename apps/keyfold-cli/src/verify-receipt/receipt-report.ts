import { decodeLeaf, type LogRecord, parseReceipt, type ReceiptProcess, type ReceiptVerdict } from '@keyfold/domain';

/** What `--json` prints; names are stable, for scripts. */
export function receiptReport(verdict: ReceiptVerdict, file: string): object {
  if (!verdict.isGenuine) {
    const { code, reason } = verdict;
    return { ok: false, code, reason, claimed: claimOf(file) };
  }
  const { confirmedAt, keyId, origin, processes, record } = verdict;
  return {
    ok: true,
    origin,
    ...claim(record),
    keyId,
    confirmedAt,
    processes: processes.map(({ cosignedAtSeconds, ...process }) => ({
      ...process,
      cosignedAt: cosignedAtSeconds === null ? null : timeOf(cosignedAtSeconds),
    })),
  };
}

/** The verdict as sentences for a person. */
export function describeReceipt(verdict: ReceiptVerdict, file: string): string {
  if (!verdict.isGenuine) {
    const claimed = claimOf(file);
    const claims = claimed === null ? [] : [`  it claims, unproven: ${describeClaim(claimed)}`];
    return [`REFUSED: ${verdict.reason} [${verdict.code}]`, ...claims].join('\n');
  }
  const { confirmedAt, origin, processes, record } = verdict;
  const confirmed = confirmedAt === null ? 'no gateway was there to miss it' : `confirmed at ${confirmedAt}`;
  return [
    `OK: ${describeClaim(claim(record))}, ${confirmed} (log ${origin})`,
    ...processes.map((process) => `  ${describeProcess(process)}`),
  ].join('\n');
}

interface Claim {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly recordedAt: string;
}

function claim({ position, recordedAt, stream, type }: LogRecord): Claim {
  return { position, type, stream, recordedAt };
}

/** What a refused file says of its record; null if nothing can be read. */
function claimOf(file: string): Claim | null {
  try {
    return claim(decodeLeaf(parseReceipt(file).leaf));
  } catch {
    return null;
  }
}

function describeClaim({ position, recordedAt, stream, type }: Claim): string {
  const key = stream.startsWith('api-key/') ? `key ${stream.slice('api-key/'.length)}` : `no single key (${stream})`;
  return `position ${position}, ${type}, ${key}, recorded at ${recordedAt}`;
}

function describeProcess({ at, by, cosignedAtSeconds, gatewayId, size, slot }: ReceiptProcess): string {
  const name = slot === '-' ? gatewayId : `${gatewayId}/${slot}`;
  if (by === 'lease-ended') return `${name}: lease ended at ${at}, by the log's word`;
  const cosigned = cosignedAtSeconds === null ? '' : `, cosigned size ${size} at ${timeOf(cosignedAtSeconds)}`;
  return `${name}: applied, counted at ${at}${cosigned}`;
}

/** A cosignature's time is whatever its process says; beyond what a date can be it is shown as it is. */
function timeOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
