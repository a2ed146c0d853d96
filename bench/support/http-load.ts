import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { percentile } from '../harness/spread.js';

/** What a load process is to do; its only argument, as JSON. */
export interface HttpLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Header lines besides `Host` and `Authorization`. */
  readonly lines: readonly string[];
  /** A file with Authorization values, one a line; of several each request takes a random one. */
  readonly authorizationsFile: string;
  /** Asks with each value once, in their order, however long it takes: to warm up what is asked. */
  readonly isOnceThrough?: boolean;
  /** With what each answer ends; must not stand anywhere before that. */
  readonly answerEnd: string;
  /** One of which each answer must have. */
  readonly statuses: readonly number[];
  /**
   * So many requests a second at random moments; without it each connection asks again as soon as its answer is there.
   */
  readonly perSecond?: number;
  /** Sends each request on its microsecond, at the price of the whole core, instead of what is due each millisecond. */
  readonly isPunctual?: boolean;
}

/** What it prints, as JSON. */
export interface HttpLoadResult {
  readonly perSecond: number;
  /**
   * From the moment at which a request was due, so that a server that lags behind does not spare itself requests. Null
   * unless paced.
   */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
}

/**
 * Plain sockets instead of an HTTP client: on one core the client must be faster than the server, or it is measured
 * itself.
 */
export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const next = requestsOf(load);
  const asking = load.perSecond === undefined ? new Eager(next) : new Paced(next, load.perSecond);
  const sockets: Socket[] = [];
  for (let count = 0; count < load.connections; count += 1)
    sockets.push(
      await open(load, (socket) => {
        asking.answered(socket);
      }),
    );
  const start = performance.now();
  for (const socket of sockets) asking.opened(socket);
  await asking.run(load, start + load.seconds * 1000);
  const perSecond = (asking.answers * 1000) / (performance.now() - start);
  for (const socket of sockets) socket.destroy();
  return { perSecond, latencyMs: asking.latencyMs };
}

/** Each connection asks again as soon as its answer is there. */
class Eager {
  answers = 0;
  readonly latencyMs = null;
  private ended: () => void = () => undefined;

  constructor(private readonly next: () => Buffer | null) {}

  opened(socket: Socket): void {
    this.ask(socket);
  }

  answered(socket: Socket): void {
    this.answers += 1;
    this.ask(socket);
  }

  run({ isOnceThrough }: HttpLoad, endMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.ended = resolve;
      if (isOnceThrough !== true) setTimeout(resolve, endMs - performance.now());
    });
  }

  private ask(socket: Socket): void {
    const request = this.next();
    if (request === null) this.ended();
    else socket.write(request);
  }
}

/** Requests come at random moments, whatever the answers take. */
class Paced {
  answers = 0;
  private readonly meanGapMs: number;
  private readonly idle: Socket[] = [];
  private readonly waiting: number[] = [];
  private readonly dueAt = new Map<Socket, number>();
  private readonly latencies: number[] = [];

  constructor(
    private readonly next: () => Buffer | null,
    perSecond: number,
  ) {
    this.meanGapMs = 1000 / perSecond;
  }

  get latencyMs(): { p50: number; p99: number } {
    // Connections and caches are cold at first.
    const counted = this.latencies.slice(Math.floor(this.latencies.length / 10));
    return { p50: percentile(counted, 50), p99: percentile(counted, 99) };
  }

  opened(socket: Socket): void {
    this.idle.push(socket);
  }

  answered(socket: Socket): void {
    this.answers += 1;
    this.latencies.push(performance.now() - (this.dueAt.get(socket) ?? Number.NaN));
    this.idle.push(socket);
    this.send();
  }

  run({ isPunctual }: HttpLoad, endMs: number): Promise<void> {
    let dueMs = performance.now();
    return new Promise((resolve) => {
      const tick = (): void => {
        const nowMs = performance.now();
        if (nowMs >= endMs) {
          resolve();
          return;
        }
        for (; dueMs <= nowMs; dueMs -= Math.log(1 - Math.random()) * this.meanGapMs) this.waiting.push(dueMs);
        this.send();
        if (isPunctual === true) setImmediate(tick);
        else setTimeout(tick, 1);
      };
      tick();
    });
  }

  private send(): void {
    while (this.waiting.length > 0) {
      const socket = this.idle.pop();
      if (socket === undefined) return;
      this.dueAt.set(socket, this.waiting.shift() ?? Number.NaN);
      socket.write(this.next() ?? '');
    }
  }
}

/** The request to send next; null when all have been sent and none is to be sent again. */
function requestsOf({ authorizationsFile, isOnceThrough, lines, url }: HttpLoad): () => Buffer | null {
  const { host, pathname } = new URL(url);
  const requests = readFileSync(authorizationsFile, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((authorization) => {
      const head = [`GET ${pathname} HTTP/1.1`, `Host: ${host}`, `Authorization: ${authorization}`, ...lines];
      return Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
    });
  if (isOnceThrough === true) {
    const each = requests.values();
    return () => each.next().value ?? null;
  }
  const [only] = requests;
  if (requests.length === 1 && only !== undefined) return () => only;
  return () => requests[Math.floor(Math.random() * requests.length)] ?? null;
}

function open({ answerEnd, statuses, url }: HttpLoad, answered: (socket: Socket) => void): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const starts = statuses.map((status) => `HTTP/1.1 ${status} `);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding('latin1');
    let rest = '';
    socket.on('data', (chunk) => {
      const text = rest + String(chunk);
      if (!text.endsWith(answerEnd)) {
        rest = text;
        return;
      }
      rest = '';
      if (!starts.some((start) => text.startsWith(start)))
        throw new Error(`not ${statuses.join()}: ${text.slice(0, 400)}`);
      answered(socket);
    });
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('end', () => {
      throw new Error('the server closed a connection');
    });
  });
}
