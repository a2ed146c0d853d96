import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  deriveSharedKeys,
  Frontier,
  generateSignerKey,
  GenuineSignatures,
  type NoteVerifier,
  parseSignerKey,
  parseVerifierKey,
  type SharedKeys,
} from '@keyfold/domain';
import {
  AdminRequester,
  CheckpointSigner,
  FEED_BATCH_PATTERN,
  type FeedLog,
  feedNames,
  type FeedPosition,
  ForkAlarm,
  ForkCheck,
  HeadClient,
  HeadService,
  JetStreamFeedStrategy,
  type LeaseAsk,
  LogClock,
  type LogSource,
  NatsLink,
  type Protocol,
  RefillService,
  refusalBody,
  Relay,
  type RequestPurpose,
  type SignedCheckpoints,
  StreamAudit,
  StreamComparison,
  type VerifiedBatch,
  type VerifiedRecord,
} from '@keyfold/messaging';

const signer = parseSignerKey(generateSignerKey('keyfold.local/test', Buffer.alloc(32, 7)));
const stranger = parseSignerKey(generateSignerKey('keyfold.local/test', Buffer.alloc(32, 8)));

/** One log's keys, and a stranger's key under the same name. */
export const testKeys = {
  signer,
  stranger,
  verifier: parseVerifierKey(signer.verifierKey),
  shared: deriveSharedKeys(['a shared secret of the tests that is long enough']),
  otherShared: deriveSharedKeys(['another shared secret of the tests that is long enough']),
};

/** Collects what is logged, so that a test can look for it. */
export class TestLog implements FeedLog {
  readonly lines: { level: string; message: string; details: object }[] = [];

  info(details: object, message: string): void {
    this.lines.push({ level: 'info', message, details });
  }

  warn(details: object, message: string): void {
    this.lines.push({ level: 'warn', message, details });
  }

  error(details: object, message: string): void {
    this.lines.push({ level: 'error', message, details });
  }
}

/** The admin side as the admin-service puts it together, with both ways to ask it. */
export class TestAdmin {
  readonly log = new TestLog();
  readonly alarm = new ForkAlarm(this.log);
  readonly link: NatsLink;
  readonly forks: ForkCheck;
  readonly signer: CheckpointSigner;
  readonly heads: HeadService;
  readonly refills: RefillService;
  readonly relay: Relay;
  /** 0: no process gets a lease. */
  leaseSeconds = 60;
  /** Requests whose lease was committed. */
  readonly committed: LeaseAsk[] = [];
  /** Refuses every request. */
  isSilent = false;
  /** Requests answered, by the way they came. */
  readonly answered = { nats: 0, http: 0 };
  private readonly http: HttpServer;

  constructor(
    source: LogSource & SignedCheckpoints,
    private readonly options: {
      natsUrl: string | undefined;
      pollMs?: number;
      auditIntervalMs?: number;
      answersNats?: boolean;
      relays?: boolean;
      streamMaxBytes?: number;
      streamWaitMs?: number;
    },
  ) {
    const { alarm, log } = this;
    const { shared, verifier } = testKeys;
    this.link = new NatsLink({ url: options.natsUrl, name: 'test-admin', log });
    const logKeyId = verifier.keyId;
    const comparison = new StreamComparison({ source, verifier, alarm });
    this.forks = new ForkCheck({
      ...options,
      source,
      signed: source,
      origin: signer.name,
      logKeyId,
      comparison,
      link: this.link,
      alarm,
      log,
    });
    this.signer = new CheckpointSigner({ source, signed: source, signer, alarm, forks: this.forks });
    this.heads = new HeadService({
      source,
      signer: this.signer,
      verifier,
      signatures: new GenuineSignatures(64),
      keys: shared,
      alarm,
      leases: {
        admit: () => Promise.resolve(),
        commit: async (asks) => {
          const { leaseSeconds } = this;
          const { logTime } = await source.head();
          this.committed.push(...asks);
          const noLease = leaseSeconds > 0 ? null : 'NOT_APPROVED';
          return { logTime, grants: asks.map(() => ({ leaseSeconds, noLease })) };
        },
      },
    });
    this.refills = new RefillService({ source, signer: this.signer, keys: shared, alarm });
    const audit = new StreamAudit({ source, logKeyId, comparison, log, streamMaxBytes: options.streamMaxBytes });
    this.relay = new Relay({ ...options, link: this.link, source, signer: this.signer, audit, forks: this.forks, log });
    if (options.answersNats !== false) this.answerOverNats();
    this.http = createServer((request, response) => {
      void text(request)
        .then((body) => this.answer('http', request.url === '/internal/v1/head' ? 'head' : 'refill', body))
        .then((body) => response.setHeader('content-type', 'application/json').end(body));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.link.start();
    this.forks.start();
    if (this.options.relays !== false) this.relay.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.forks.stop();
    await this.relay.stop();
    await this.link.close();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  async answer(way: 'nats' | 'http', kind: 'head' | 'refill', request: string): Promise<string> {
    this.answered[way] += 1;
    if (this.isSilent) return JSON.stringify(refusalBody(new Error('silent')));
    try {
      return await (kind === 'head' ? this.heads : this.refills).answer(request);
    } catch (error) {
      return JSON.stringify(refusalBody(error));
    }
  }

  private answerOverNats(): void {
    const names = feedNames(signer.keyId);
    let isSubscribed = false;
    this.link.onConnect((connection) => {
      if (isSubscribed) return;
      isSubscribed = true;
      for (const kind of ['head', 'refill'] as const) {
        connection.subscribe(names[kind], {
          callback: (_error, message) => {
            void this.answer('nats', kind, message.string()).then((body) => message.respond(body));
          },
        });
      }
    });
  }
}

/** What stands between a gateway and the admin side: sees the request, and hands on a reply of its own choice. */
export type Wire = (reply: string, request: string) => string;

/** Asks an admin side in one form, without a way that could fail. */
export function askingIn(
  protocol: Protocol,
  answer: (purpose: RequestPurpose, request: string) => Promise<string>,
): Pick<AdminRequester, 'ask'> {
  return {
    ask: async (purpose, askedIn) => {
      const { accept, text } = askedIn(protocol);
      return accept(await answer(purpose, text));
    },
  };
}

/** The body of a message in either form. */
export function bodyOf(message: string): Record<string, unknown> {
  const parsed = JSON.parse(message) as Record<string, unknown>;
  return typeof parsed['body'] === 'string' ? (JSON.parse(parsed['body']) as Record<string, unknown>) : parsed;
}

/** A gateway that keeps what it applies in memory and checks that it is delivered in order and once. */
export class TestGateway {
  readonly log = new TestLog();
  readonly clock = new LogClock();
  readonly link: NatsLink;
  readonly heads: HeadClient;
  readonly feed: JetStreamFeedStrategy;
  readonly applied: VerifiedRecord[] = [];
  batches = 0;
  /** Runs before a batch is applied; what it throws fails the handler. */
  beforeApply: (batch: VerifiedBatch) => Promise<void> | void = () => undefined;
  private position: FeedPosition = { size: 0, frontier: Frontier.empty() };

  constructor(options: {
    natsUrl: string | undefined;
    adminUrl: string | undefined;
    gatewayId?: string;
    intervalMs?: number;
    start?: FeedPosition;
    keepRecords?: boolean;
    maxBatchRecords?: number;
    /** Of another log than the tests' own. */
    trust?: { readonly shared: SharedKeys; readonly verifier: NoteVerifier };
  }) {
    const { log } = this;
    const { shared: keys, verifier } = options.trust ?? testKeys;
    if (options.start !== undefined) this.position = options.start;
    const gatewayId = options.gatewayId ?? 'gateway-1';
    const identity = { gatewayId, incarnation: 'incarnation-1', keys, verifier };
    this.link = new NatsLink({ url: options.natsUrl, name: gatewayId, log });
    const logKeyId = verifier.keyId;
    const requester = new AdminRequester({ link: this.link, internalUrl: options.adminUrl, logKeyId, log });
    this.heads = new HeadClient({
      ...identity,
      requester,
      applied: () => this.feed.applied,
      clock: this.clock,
      log,
      intervalMs: options.intervalMs ?? 200,
    });
    this.feed = new JetStreamFeedStrategy({
      ...identity,
      link: this.link,
      requester,
      position: () => Promise.resolve(this.position),
      heads: this.heads,
      log,
      ...(options.maxBatchRecords === undefined ? {} : { maxBatchRecords: options.maxBatchRecords }),
    });
    this.feed.addHandler(FEED_BATCH_PATTERN, (batch: VerifiedBatch) => this.apply(batch, options.keepRecords ?? true));
  }

  get size(): number {
    return this.position.size;
  }

  get root(): Buffer {
    return this.position.frontier.root();
  }

  start(): this {
    this.link.start();
    this.heads.start();
    this.feed.listen(() => undefined);
    return this;
  }

  async stop(): Promise<void> {
    await this.feed.close();
    this.heads.close();
    await this.link.close();
  }

  private async apply(batch: VerifiedBatch, keepRecords: boolean): Promise<void> {
    await this.beforeApply(batch);
    const first = batch.records[0]?.record.position;
    if (first !== this.position.size + 1) throw new Error(`record ${first} came after ${this.position.size}`);
    if (keepRecords) this.applied.push(...batch.records);
    this.batches += 1;
    this.position = { size: this.position.size + batch.records.length, frontier: batch.frontier };
  }
}
