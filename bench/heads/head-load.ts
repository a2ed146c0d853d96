import { createHmac, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { canonicalJson, deriveSharedKeys } from '@keyfold/domain';

/** What a load process is to do; its only argument, as JSON. */
export interface HeadLoad {
  /** The admin-service's internal port. */
  readonly url: string;
  readonly sharedSecret: string;
  /** Gateways that ask at once, each again as soon as it has its answer. */
  readonly gateways: number;
  readonly seconds: number;
}

interface Applied {
  readonly size: number;
  readonly root: string;
  readonly checkpoint: string | null;
}

const EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

// The bench alone starts this, with what it has made.
const load = JSON.parse(process.argv[2] ?? '{}') as HeadLoad;
const [key = Buffer.alloc(0)] = deriveSharedKeys([load.sharedSecret]).messageKeys;
const agent = new Agent({ keepAlive: true, maxSockets: load.gateways });
let answered = 0;
const start = performance.now();
await Promise.all(Array.from({ length: load.gateways }, (_, nth) => gateway(nth, start + load.seconds * 1000)));
process.stdout.write(`${JSON.stringify((answered * 1000) / (performance.now() - start))}\n`);
agent.destroy();

/** A gateway that applies each head as soon as it has it, and verifies nothing: what is measured is the other side. */
async function gateway(nth: number, endMs: number): Promise<void> {
  let applied: Applied = { size: 0, root: EMPTY_ROOT, checkpoint: null };
  while (performance.now() < endMs) {
    applied = await ask(nth, applied);
    answered += 1;
  }
}

async function ask(nth: number, { checkpoint, root, size }: Applied): Promise<Applied> {
  const body = {
    gatewayId: `bench-${nth}`,
    incarnation: 'bench',
    nonce: randomBytes(18).toString('base64url'),
    appliedSize: size,
    appliedRoot: root,
    checkpoint,
    held: null,
  };
  // The form of the first version, which every later one takes as well.
  const mac = createHmac('sha256', key)
    .update(`keyfold head request v1\n${canonicalJson(body)}`)
    .digest('base64url');
  const answer = await post(JSON.stringify({ ...body, mac }));
  const next = (JSON.parse(answer) as { checkpoint?: string }).checkpoint;
  if (next === undefined) throw new Error(`no head: ${answer}`);
  const [, nextSize, nextRoot = ''] = next.split('\n');
  return { size: Number(nextSize), root: nextRoot, checkpoint: next };
}

function post(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(`${load.url}/internal/v1/head`, { method: 'POST', agent, headers }, (response) => {
      text(response).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
