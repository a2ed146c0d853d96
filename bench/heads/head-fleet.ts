import { randomBytes } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import {
  cosignatureLine,
  type Cosigner,
  deriveSharedKeys,
  EMPTY_ROOT,
  generateCosignerKey,
  parseCosignerKey,
  processName,
  readNote,
} from '@keyfold/domain';
import { feedNames, openReply, sealRequest } from '@keyfold/messaging';

/** What a fleet process is to do; its only argument, as JSON. */
export interface HeadFleet {
  readonly natsUrl: string;
  readonly logKeyId: string;
  readonly sharedSecret: string;
  /** Gateways of one process each; each asks once a second, and right after it has got a head that is new to it. */
  readonly processes: number;
}

/** What came of the requests since the last report. Milliseconds. */
export interface FleetReport {
  readonly answered: number;
  /** After NATS's time-out: such a process would have asked over HTTP. */
  readonly timedOut: number;
  readonly refused: number;
  readonly withoutLease: number;
  readonly p50: number;
  readonly p99: number;
}

const INTERVAL_MS = 1_000;
/** As gateways have it. */
const TIMEOUT_MS = 1_000;

// The bench alone starts this, with what it has made.
const fleet = JSON.parse(process.argv[2] ?? '{}') as HeadFleet;
const keys = deriveSharedKeys([fleet.sharedSecret]);
const subject = feedNames(fleet.logKeyId).head;
const connection = await connect({ servers: fleet.natsUrl });
let took: number[] = [];
let [timedOut, refused, withoutLease] = [0, 0, 0];

/** A process as the admin-service sees it. It verifies nothing: what is measured is the other side. */
class FleetProcess {
  private readonly gatewayId: string;
  private readonly incarnation = randomBytes(9).toString('base64url');
  private readonly key: Cosigner;
  private applied = { size: 0, root: EMPTY_ROOT.toString('base64') };
  private checkpoint: string | null = null;
  private cosigned: string | null = null;
  private held: string | null = null;

  constructor(nth: number) {
    this.gatewayId = `bench-${nth}`;
    this.key = parseCosignerKey(generateCosignerKey(processName(this.gatewayId, '0'), randomBytes(32)));
  }

  /** @returns whether it has a lease */
  async ask(): Promise<boolean> {
    const nonce = randomBytes(18).toString('base64url');
    const { applied, checkpoint, cosigned, gatewayId, held, incarnation, key } = this;
    const own = { slot: '0', verifierKey: key.verifierKey, version: 'bench', cosigned, release: null };
    const state = { appliedSize: applied.size, appliedRoot: applied.root, checkpoint, held };
    const sealed = sealRequest(
      'head',
      { gatewayId, incarnation, nonce, ...state, process: own },
      { protocol: 2, keys },
    );
    const sentAtMs = performance.now();
    const answer = await connection.request(subject, sealed.text, { timeout: TIMEOUT_MS }).catch(() => null);
    if (answer === null) {
      timedOut += 1;
      return false;
    }
    const text = answer.string();
    if (text.startsWith('{"error"')) {
      refused += 1;
      return false;
    }
    took.push(performance.now() - sentAtMs);
    const reply = openReply(sealed, text, keys) as { head: string; leaseSeconds: number };
    this.apply((JSON.parse(reply.head) as { checkpoint: string }).checkpoint);
    if (reply.leaseSeconds === 0) withoutLease += 1;
    else this.held = nonce;
    return reply.leaseSeconds > 0;
  }

  private apply(checkpoint: string): void {
    if (checkpoint === this.checkpoint) return;
    const [, size, root = ''] = checkpoint.split('\n');
    this.applied = { size: Number(size), root };
    this.checkpoint = checkpoint;
    this.cosigned = checkpoint + cosignatureLine(readNote(checkpoint).text, this.key, Math.floor(Date.now() / 1_000));
  }
}

const processes = Array.from({ length: fleet.processes }, (_, nth) => new FleetProcess(nth));
// Enrolment is a record each; a few at a time, as gateways are started.
for (let from = 0; from < processes.length; from += 20)
  await Promise.all(processes.slice(from, from + 20).map((one) => untilLeased(one)));
for (const [nth, one] of processes.entries())
  setTimeout(() => void askOnAndOn(one), (nth * INTERVAL_MS) / processes.length);
process.on('message', () => {
  report();
});
process.stdout.write('the fleet asks\n');

async function untilLeased(one: FleetProcess): Promise<void> {
  for (let asked = 0; asked < 20; asked += 1) if (await one.ask()) return;
  throw new Error('a process got no lease');
}

async function askOnAndOn(one: FleetProcess): Promise<void> {
  const dueMs = performance.now() + INTERVAL_MS;
  await one.ask();
  setTimeout(() => void askOnAndOn(one), Math.max(0, dueMs - performance.now()));
}

function report(): void {
  const sorted = took.sort((left, right) => left - right);
  const percentile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const result: FleetReport = {
    answered: sorted.length,
    timedOut,
    refused,
    withoutLease,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
  [took, timedOut, refused, withoutLease] = [[], 0, 0, 0];
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
