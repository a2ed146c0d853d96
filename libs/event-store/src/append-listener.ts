import pg from 'pg';
import type { CommittedRecords } from './append/append-request.js';
import { LOG_CHANNEL } from './append-announcer.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

type Listener = (size: number, committed?: CommittedRecords) => void;

/**
 * Says that the log has grown, whichever process did it: by LISTEN on a connection of its own that reconnects, and at
 * once for this process's own commits. A hint that may be late or lost with the connection; who must not miss a record
 * also polls.
 */
export class AppendListener {
  private readonly listeners = new Set<Listener>();
  private size = 0;
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private retryMs = FIRST_RETRY_MS;
  private isClosed = false;

  constructor(private readonly pool: pg.Pool) {}

  /** @returns a function that ends it. */
  add(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.client === null && this.retry === null && !this.isClosed) this.connect();
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Tells the listeners of a size, unless they know it. */
  announce(size: number, committed?: CommittedRecords): void {
    if (size <= this.size) return;
    this.size = size;
    for (const listener of this.listeners) {
      try {
        listener(size, committed);
      } catch {
        // A listener's fault is its own: neither the commit nor the other listeners may suffer.
      }
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.listeners.clear();
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    const { client } = this;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private connect(): void {
    const { options } = this.pool;
    const client = new pg.Client({
      ...options,
      password: options.password, // not enumerable
      application_name: 'keyfold-listen',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    this.client = client;
    client.on('error', () => undefined);
    client.once('end', () => {
      this.reconnect(client);
    });
    client.on('notification', ({ payload }) => {
      this.announce(Number(payload));
    });
    this.listen(client).catch(() => {
      this.reconnect(client);
    });
  }

  private async listen(client: pg.Client): Promise<void> {
    await client.connect();
    await client.query(`listen ${LOG_CHANNEL}`);
    this.retryMs = FIRST_RETRY_MS;
    // Whatever was committed while nobody listened.
    const { rows } = await client.query<{ size: string }>('select size from keyfold.log_head where id = 1');
    this.announce(Number(rows[0]?.size ?? 0));
  }

  private reconnect(lost: pg.Client): void {
    if (this.isClosed || this.client !== lost) return;
    this.client = null;
    lost.end().catch(() => undefined);
    this.retry = setTimeout(() => {
      this.retry = null;
      this.connect();
    }, this.retryMs);
    this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
  }
}
