import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { areaUnderCurve } from './auc.js';

/** What the process is to do; a file that its only argument names, as JSON. */
export interface TimedAttempts {
  readonly url: string;
  readonly connections: number;
  /** Attempts of each kind that count, after a tenth of that to warm up. */
  readonly samples: number;
  /** Authorization values by kind of attempt; each kind goes through its own in turn. */
  readonly kinds: Readonly<Record<string, readonly string[]>>;
}

/** What it prints, as JSON: how well each kind can be told from all others together. */
export type TimingResult = Readonly<Record<string, number>>;

interface Attempt {
  readonly kind: string;
  readonly request: Buffer;
  readonly counts: boolean;
}

// The bench alone starts this, with what it has written.
const attempts = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as TimedAttempts;
const times = await timeAll(attempts);
const result: TimingResult = Object.fromEntries(
  Object.entries(times).map(([kind, own]) => {
    const others = Object.entries(times).flatMap(([other, all]) => (other === kind ? [] : all));
    return [kind, areaUnderCurve(own, others)];
  }),
);
process.stdout.write(`${JSON.stringify(result)}\n`);

async function timeAll(given: TimedAttempts): Promise<Record<string, number[]>> {
  const order = [...inRandomOrder(given, given.samples / 10, false), ...inRandomOrder(given, given.samples, true)];
  const measured = Object.fromEntries(Object.keys(given.kinds).map((kind) => [kind, [] as number[]]));
  const next = order.values();
  const line = async (): Promise<void> => {
    const socket = await open(given.url);
    for (const { counts, kind, request } of next) {
      const start = performance.now();
      await answerTo(socket, request);
      if (counts) measured[kind]?.push(performance.now() - start);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: given.connections }, line));
  return measured;
}

/** So many of each kind, all mixed: whatever else happens on the machine meets all kinds alike. */
function inRandomOrder({ kinds, url }: TimedAttempts, each: number, counts: boolean): Attempt[] {
  const all = Object.entries(kinds).flatMap(([kind, values]) =>
    Array.from({ length: each }, (_, nth) => ({
      kind,
      counts,
      request: requestOf(url, values[nth % values.length] ?? ''),
    })),
  );
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [all[at], all[other]] = [all[other] as Attempt, all[at] as Attempt];
  }
  return all;
}

/** Each from another address, so that nobody fails so often that they are told to wait. */
function requestOf(url: string, authorization: string): Buffer {
  const { host, pathname } = new URL(url);
  const address = `10.${[0, 0, 0].map(() => String(100 + randomInt(100))).join('.')}`;
  const lines = [`GET ${pathname} HTTP/1.1`, `Host: ${host}`, `Authorization: ${authorization}`];
  lines.push('X-Forwarded-Method: GET', 'X-Forwarded-Uri: /reports/42', `X-Forwarded-For: ${address}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

function answerTo(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer | string): void => {
      text += String(chunk);
      if (!text.endsWith('}')) return;
      socket.off('data', read);
      if (text.startsWith('HTTP/1.1 401 ')) resolve();
      else reject(new Error(`not 401: ${text.slice(0, 400)}`));
    };
    socket.on('data', read);
    socket.write(request);
  });
}

function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding('latin1');
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
