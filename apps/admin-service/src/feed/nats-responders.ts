import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { Injectable } from '@nestjs/common';
import { feedNames, NatsLink } from '@keyfold/messaging';
import { LogKeys } from '../platform/log-keys.js';
import { RequestAnswers } from './request-answers.js';
import type { GatewayRequest } from './request-outcomes.js';

/** Several admin-services share the requests. */
const QUEUE = 'admin-service';
const KINDS = ['head', 'refill', 'use'] as const satisfies readonly GatewayRequest[];

/**
 * Answers heads, refills and use reports over NATS request/reply, as bare JSON. What is malformed gets an answer too:
 * silence would cost the asking gateway its timeout.
 */
@Injectable()
export class NatsResponders {
  private subscriptions: Subscription[] = [];
  private unsubscribe: (() => void) | undefined;
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly link: NatsLink,
    private readonly keys: LogKeys,
    private readonly answers: RequestAnswers,
  ) {}

  start(): void {
    // The client takes the subscriptions along when it reconnects.
    this.unsubscribe = this.link.onConnect((connection) => {
      if (this.subscriptions.length === 0) this.subscribe(connection);
    });
  }

  /** Takes no more requests and answers those it has. */
  async stop(): Promise<void> {
    this.unsubscribe?.();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await Promise.all(this.pending);
  }

  private subscribe(connection: NatsConnection): void {
    // Under the previous ones ask gateways that have not heard of a fork yet: they are refused heads, and told.
    const origins = [this.keys.signer, ...this.keys.previousOrigins];
    this.subscriptions = origins.flatMap(({ keyId }) => {
      const names = feedNames(keyId);
      return KINDS.map((kind) => this.responder(names[kind], kind, connection));
    });
  }

  private responder(subject: string, kind: GatewayRequest, connection: NatsConnection): Subscription {
    return connection.subscribe(subject, {
      queue: QUEUE,
      callback: (error, message) => {
        if (error === null) this.take(kind, message, connection);
      },
    });
  }

  private take(kind: GatewayRequest, message: Msg, connection: NatsConnection): void {
    const answering = this.answers.answer(kind, message.string(), connection.info?.max_payload).then(({ body }) => {
      message.respond(body);
    });
    // A reply that cannot be sent (the connection has been closed, say) leaves the asker to its timeout, and that must
    // not go unseen.
    const settled = answering.catch((error: unknown) => {
      if (!connection.isClosed()) this.answers.refuse(kind, error);
    });
    this.pending.add(settled);
    void settled.then(() => this.pending.delete(settled));
  }
}
