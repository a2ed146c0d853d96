import { setTimeout as delay } from 'node:timers/promises';
import { headers, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { BaseRpcContext, type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { NatsLink } from '@keyfold/messaging';
import { type FieldProblem, type Logger, problemBody, TRACE_FIELDS, type Tracing } from '@keyfold/service-kit';
import { plainJson } from '../surfaces/verify-body.js';

/** Where any NATS client may ask. */
export const VERIFY_SUBJECT = 'keyfold.verify';
/** Handlers that name it are bound to this transport and to no other. */
export const VERIFY_TRANSPORT = Symbol('keyfold-verify');

/** All gateways share it, so that each question is answered once. */
const QUEUE_GROUP = 'keyfold-gateways';
const MAX_REQUEST_BYTES = 16_384;
/** A broker that goes away meanwhile never says that it has taken note. */
const DRAIN_MS = 2_000;

/**
 * Nest transport for {@link VERIFY_SUBJECT}: plain JSON in and out, since those who ask are programs of any kind, not
 * Nest's own clients. It subscribes to this one subject on the connection that the gateway has anyway: a transport that
 * subscribed to every handler's pattern would let messages of anybody in as batches of the log.
 */
export class VerifyStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = VERIFY_TRANSPORT;
  private subscription: Subscription | undefined;
  private endListening: (() => void) | undefined;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly link: NatsLink,
    private readonly log: Logger,
  ) {
    super();
  }

  listen(callback: () => void): void {
    this.endListening = this.link.onConnect((connection) => {
      this.subscribe(connection);
    });
    callback();
  }

  /** Takes no more questions and answers those that it has. */
  async close(): Promise<void> {
    this.endListening?.();
    // Without a broker there is nothing to drain.
    if (this.link.connection === undefined) this.subscription?.unsubscribe();
    else
      await Promise.race([
        this.subscription?.drain().catch(() => undefined),
        delay(DRAIN_MS, undefined, { ref: false }),
      ]);
    await Promise.all(this.underWay);
  }

  on(): never {
    throw new Error('this transport has no events of its own');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the signature is Nest's
  unwrap<T>(): T {
    return this.link as T;
  }

  /** The client itself subscribes again when it reconnects. */
  private subscribe(connection: NatsConnection): void {
    if (this.subscription?.isClosed() === false) return;
    this.subscription = connection.subscribe(VERIFY_SUBJECT, {
      queue: QUEUE_GROUP,
      callback: (error, message) => {
        if (error !== null) this.log.warn({ reason: error.message }, `${VERIFY_SUBJECT} cannot be answered`);
        // Nobody would hear the answer.
        else if (message.reply !== undefined && message.reply !== '') this.take(message);
      },
    });
  }

  private take(message: Msg): void {
    const answered = this.answer(message)
      .catch((error: unknown) => {
        this.log.error({ err: error }, 'a request over NATS failed');
        respond(message, refusal(500, 'INTERNAL_ERROR', 'The request could not be answered.'));
      })
      .finally(() => this.underWay.delete(answered));
    this.underWay.add(answered);
  }

  protected async answer(message: Msg): Promise<void> {
    const handler: MessageHandler<unknown, BaseRpcContext> | null = this.getHandlerByPattern(VERIFY_SUBJECT);
    if (handler === null) throw new Error(`no handler of ${VERIFY_SUBJECT}`);
    const result = this.transformToObservable<unknown>(await handler(bodyOf(message), new BaseRpcContext([])));
    respond(message, (await lastValueFrom(result)) as object);
  }
}

/** An answer to what cannot be judged: a problem like over HTTP, which also reads as a refusal. */
export function refusal(status: number, code: string, detail: string, errors?: readonly FieldProblem[]): object {
  return { allowed: false, reason: code, ...problemBody(status, code, detail, errors) };
}

/** Undefined for what is no JSON: the handler refuses it like every other wrong body. */
function bodyOf({ data }: Msg): unknown {
  return data.byteLength > MAX_REQUEST_BYTES ? undefined : plainJson(data);
}

function respond(message: Msg, body: object): void {
  const errorHeaders = errorHeadersOf(body);
  try {
    message.respond(JSON.stringify(body), errorHeaders === undefined ? {} : { headers: errorHeaders });
  } catch {
    // The connection is gone, and with it whoever asked.
  }
}

/** What clients of NATS services look at. */
function errorHeadersOf(body: object): MsgHdrs | undefined {
  if (!('status' in body && 'reason' in body)) return undefined;
  const made = headers();
  made.set('Nats-Service-Error', String(body.reason));
  made.set('Nats-Service-Error-Code', String(body.status));
  return made;
}

/** The same where tracing is on: each question is a span, a part of the trace that its headers name. */
export class TracedVerifyStrategy extends VerifyStrategy {
  constructor(
    link: NatsLink,
    log: Logger,
    private readonly tracing: Tracing,
  ) {
    super(link, log);
  }

  protected override async answer(message: Msg): Promise<void> {
    const headers = Object.fromEntries([...TRACE_FIELDS].map((name) => [name, message.headers?.get(name)]));
    await this.tracing.aroundAnswer(VERIFY_SUBJECT, headers, () => super.answer(message));
  }
}
