import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** In which state a link is. */
export type LinkKind =
  /** Bytes pass. */
  | 'open'
  /** They pass later. */
  | 'slow'
  /** They vanish in both directions, and nobody is told: connections are half-open. */
  | 'silent'
  /** Those of the server vanish: it does what it is asked, and nobody hears of it. */
  | 'mute'
  /** New connections are reset. */
  | 'refusing';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP link on 127.0.0.1 that can be made slow, half-open or cut. What was swallowed while it was half-open is lost:
 * TCP never leaves a gap, so connections that lost bytes are reset when the link opens again, as a router's restart
 * does.
 */
export class FaultProxy {
  private readonly lines = new Map<Line, { hasLost: boolean }>();
  private _kind: LinkKind = 'open';
  private delayMs = 0;
  private cutAt: Buffer | null = null;
  private muteAt: Buffer | null = null;
  private late: LateBytes[] = [];
  private _hits = 0;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
    readonly port: number,
  ) {
    server.on('connection', (client) => {
      this.take(client);
    });
  }

  static async start(targetPort: number): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, targetPort, (server.address() as { port: number }).port);
  }

  /** The address with this link's port in the place of its own. */
  through(url: string): string {
    const address = new URL(url);
    address.port = String(this.port);
    // Only what has a path of its own keeps the slash.
    return address.pathname === '/' ? address.href.replace(/\/$/, '') : address.href;
  }

  get kind(): LinkKind {
    return this._kind;
  }

  /** How often a fault has met something: pieces swallowed or made late, connections reset or refused. */
  get hits(): number {
    return this._hits;
  }

  /** Pieces that are on their way through a slow link. */
  get underWay(): number {
    return this.late.reduce((sum, bytes) => sum + bytes.underWay, 0);
  }

  become(kind: LinkKind, delayMs = 0): void {
    this._kind = kind;
    this.delayMs = kind === 'slow' ? delayMs : 0;
    this.cutAt = null;
    this.muteAt = null;
    if (kind === 'open') for (const [line, { hasLost }] of this.lines) if (hasLost) this.reset(line);
  }

  /** Resets every connection; new ones are taken. */
  cut(): void {
    for (const line of this.lines.keys()) this.reset(line);
  }

  /** Resets each connection on which the server says this, before the client hears of it; until {@link become}. */
  cutBefore(words: string): void {
    this.cutAt = Buffer.from(words);
  }

  /** Becomes mute as soon as the server says this, which the client no longer hears; until {@link become}. */
  muteBefore(words: string): void {
    this.muteAt = Buffer.from(words);
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private take(client: Socket): void {
    if (this._kind === 'refusing') {
      client.on('error', () => undefined);
      this._hits += 1;
      resetSocket(client);
      return;
    }
    const server = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const line: Line = { client, server };
    this.lines.set(line, { hasLost: false });
    this.carry(line, client, server);
    this.carry(line, server, client);
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.once('close', (hadError) => {
        this.lines.delete(line);
        const other = socket === client ? server : client;
        if (hadError) resetSocket(other);
        else other.destroySoon();
      });
    }
  }

  private carry(line: Line, from: Socket, to: Socket): void {
    const isAnswer = from === line.server;
    const bytes = new LateBytes(to);
    this.late = [...this.late.filter(({ isOpen }) => isOpen), bytes];
    from.on('data', (chunk: Buffer) => {
      if (isAnswer && this.muteAt !== null && chunk.includes(this.muteAt)) this._kind = 'mute';
      if (this.swallows(isAnswer)) {
        this._hits += 1;
        const state = this.lines.get(line);
        if (state !== undefined) state.hasLost = true;
        return;
      }
      if (isAnswer && this.cutAt !== null && chunk.includes(this.cutAt)) {
        this.reset(line);
        return;
      }
      if (this.delayMs > 0) this._hits += 1;
      bytes.pass(chunk, this.delayMs);
    });
    from.on('end', () => {
      if (!this.swallows(isAnswer)) bytes.pass(null, this.delayMs);
    });
  }

  private swallows(isAnswer: boolean): boolean {
    return this._kind === 'silent' || (this._kind === 'mute' && isAnswer);
  }

  private reset(line: Line): void {
    this._hits += 1;
    resetSocket(line.client);
    resetSocket(line.server);
    this.lines.delete(line);
  }
}

/**
 * Closes a connection with a reset, if its end is not under way already: Node cannot reset it then (EINVAL), and the
 * handle would stay open for as long as the process runs.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** One direction of a connection. What is late keeps what comes after it waiting: bytes never overtake each other. */
class LateBytes {
  private readonly waiting: { readonly chunk: Buffer | null; readonly dueAtMs: number }[] = [];

  constructor(private readonly to: Socket) {}

  get isOpen(): boolean {
    return !this.to.destroyed;
  }

  get underWay(): number {
    return this.waiting.length;
  }

  /** @param chunk null: the end */
  pass(chunk: Buffer | null, delayMs: number): void {
    if (delayMs === 0 && this.waiting.length === 0) {
      this.write(chunk);
      return;
    }
    this.waiting.push({ chunk, dueAtMs: performance.now() + delayMs });
    if (this.waiting.length === 1) this.wait();
  }

  private wait(): void {
    const [first] = this.waiting;
    if (first === undefined) return;
    setTimeout(
      () => {
        this.waiting.shift();
        this.write(first.chunk);
        this.wait();
      },
      Math.max(0, first.dueAtMs - performance.now()),
    );
  }

  private write(chunk: Buffer | null): void {
    if (!this.to.writable) return;
    if (chunk === null) this.to.end();
    else this.to.write(chunk);
  }
}
