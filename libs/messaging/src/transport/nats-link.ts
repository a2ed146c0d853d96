import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { failureText, type FeedLog } from '../ports/feed-log.js';

/** Settings of a {@link NatsLink}. */
export interface NatsLinkOptions {
  /** `nats://user:password@host:port`, several comma separated; undefined: there is no broker. Never logged. */
  readonly url: string | undefined;
  /** Shown in the server's list of connections. */
  readonly name: string;
  readonly log: FeedLog;
}

const FIRST_CONNECT_RETRY_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const FLUSH_MS = 1_000;

/**
 * One connection to NATS that is made in the background and kept for good. A service never waits for a broker at start:
 * whoever needs the connection looks whether it is there, and goes the other way if not.
 */
export class NatsLink {
  private current: NatsConnection | undefined;
  private isConnected = false;
  private readonly stop = new AbortController();
  private readonly listeners = new Set<(connection: NatsConnection) => void>();
  private running: Promise<void> | undefined;

  constructor(private readonly options: NatsLinkOptions) {}

  /** The connection if it is up at this moment. */
  get connection(): NatsConnection | undefined {
    return this.isConnected ? this.current : undefined;
  }

  /** Whether there is a broker to connect to at all. */
  get isConfigured(): boolean {
    return this.options.url !== undefined;
  }

  /** Begins to connect; returns at once. */
  start(): void {
    if (this.options.url === undefined) return;
    this.running ??= this.connectFirst(connectionOptions(this.options.url, this.options.name));
  }

  /**
   * Calls the listener at the first connection and at each later one (and at once if it is up now).
   *
   * @returns the function that ends the subscription
   */
  onConnect(listener: (connection: NatsConnection) => void): () => void {
    this.listeners.add(listener);
    if (this.isConnected && this.current !== undefined) listener(this.current);
    return () => this.listeners.delete(listener);
  }

  /** Sends what is still to be sent, as far as that is possible, and ends the connection for good. */
  async close(): Promise<void> {
    this.stop.abort();
    this.listeners.clear();
    await this.running;
    const { current } = this;
    if (current === undefined || current.isClosed()) return;
    // A drain would wait for a broker that is not there, and a flush for one that has frozen.
    if (this.isConnected)
      await Promise.race([current.flush().catch(() => undefined), delay(FLUSH_MS, undefined, { ref: false })]);
    this.isConnected = false;
    await current.close();
  }

  private async connectFirst(options: ConnectionOptions): Promise<void> {
    let isTold = false;
    while (!this.isStopped()) {
      try {
        const connection = await connect(options);
        this.current = connection;
        // close() waits for this method and closes what it leaves behind.
        if (this.isStopped()) return;
        void this.watch(connection);
        this.announce(connection);
        return;
      } catch (error) {
        if (!isTold) this.options.log.warn({ reason: failureText(error) }, 'NATS is not reachable yet; will retry');
        isTold = true;
        await delay(FIRST_CONNECT_RETRY_MS, undefined, { signal: this.stop.signal }).catch(() => undefined);
      }
    }
  }

  private isStopped(): boolean {
    return this.stop.signal.aborted;
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.isConnected = false;
        this.options.log.warn({}, 'NATS connection lost');
      } else if (status.type === 'reconnect') this.announce(connection);
      else if (status.type === 'close') this.isConnected = false;
      else if (status.type === 'error')
        this.options.log.warn({ reason: status.error.message }, 'NATS reports an error');
    }
  }

  private announce(connection: NatsConnection): void {
    this.isConnected = true;
    this.options.log.info({ server: connection.getServer() }, 'NATS connected');
    for (const listener of this.listeners) listener(connection);
  }
}

/**
 * Options of the NATS client out of the configured address. User and password go into their own members, so that no
 * message of the client can repeat them.
 */
export function connectionOptions(url: string, name: string): ConnectionOptions {
  const parsed = url.split(',').map((entry) => new URL(entry.includes('://') ? entry : `nats://${entry}`));
  const credentials = parsed.find(({ username }) => username !== '');
  return {
    servers: parsed.map(({ hostname, port }) => `${hostname}:${port === '' ? '4222' : port}`),
    ...(credentials === undefined
      ? {}
      : { user: decodeURIComponent(credentials.username), pass: decodeURIComponent(credentials.password) }),
    ...(parsed.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    name,
    timeout: CONNECT_TIMEOUT_MS,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    // A silent partition is noticed after two unanswered pings.
    pingInterval: 5_000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
  };
}
