import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccessReason } from '@keyfold/domain';
import type { Pass } from '../authentication/standing-access.js';
import { REFUSALS, send } from '../http/answers.js';
import type { Admitted } from './admission.js';
import type { Exchange } from './exchange.js';
import type { LiveConnection } from './live-connections.js';
import type { Surroundings } from './proxied-request.js';
import { clientFields } from './response-fields.js';
import { offeredProtocols } from './upgrade-protocols.js';
import { answerToFailure, type Upstream } from './upstream.js';

/** How long the other side may still talk after one has said that it is done. */
const HALF_CLOSED_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;

/** A connection that was made over to both sides. */
export interface ClientConnection {
  readonly socket: Duplex;
  /** What the client has sent after its request already. */
  readonly head: Buffer;
}

/**
 * A request that changes its connection to another protocol: WebSocket and its kin. After the change bytes pass both
 * ways, unread.
 */
export class ProxiedUpgrade implements LiveConnection {
  readonly pass: Pass;
  private upstreamRequest: ClientRequest | undefined;
  private upstreamSocket: Duplex | undefined;
  private isOver = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly client: ClientConnection,
    private readonly admitted: Admitted,
    private readonly surroundings: Surroundings,
  ) {
    this.pass = admitted.pass;
  }

  /** @param fields what the upstream is told, but for the upgrade */
  start(upstream: Upstream, fields: string[]): void {
    const offered = offeredProtocols(this.exchange.request);
    this.surroundings.live.add(this);
    this.client.socket.once('close', () => {
      this.over();
    });
    fields.push('Connection', 'Upgrade', 'Upgrade', offered.join(', '));
    const request = upstream.openUpgrade(this.admitted.target, fields);
    this.upstreamRequest = request;
    request.on('upgrade', (answer, socket, head) => {
      this.change({ answer, socket, head }, offered);
    });
    request.on('response', (answer) => {
      this.passAnswer(answer);
    });
    request.on('timeout', () => {
      request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    });
    request.on('error', (error) => {
      this.fail(error);
    });
    request.end();
  }

  end(reason: AccessReason): void {
    const { response, requestId } = this.exchange;
    if (this.upstreamSocket === undefined && !response.headersSent) send(response, REFUSALS[reason], requestId);
    else this.client.socket.destroy();
    this.over();
  }

  /** The upstream goes along. */
  private change(
    { answer, socket, head }: { answer: IncomingMessage; socket: Duplex; head: Buffer },
    offered: readonly string[],
  ): void {
    this.upstreamSocket = socket;
    socket.on('error', () => {
      this.client.socket.destroy();
    });
    socket.once('close', () => {
      this.client.socket.destroy();
    });
    const protocol = answer.headers.upgrade?.toLowerCase() ?? '';
    if (this.isOver || !offered.includes(protocol)) {
      socket.destroy();
      this.fail(new Error('the upstream switches to a protocol that was not requested'));
      return;
    }
    keepOpen(socket);
    keepOpen(this.client.socket);
    this.exchange.response.detachSocket(this.client.socket as Parameters<ServerResponse['detachSocket']>[0]);
    this.client.socket.write(this.switchingHead(answer, protocol));
    this.client.socket.write(head);
    socket.write(this.client.head);
    joinHalves(this.client.socket, socket);
    joinHalves(socket, this.client.socket);
  }

  private switchingHead({ headers }: IncomingMessage, protocol: string): string {
    const fields = [...clientFields(headers, this.exchange.requestId), 'Connection', 'Upgrade', 'Upgrade', protocol];
    const lines = fields.flatMap((name, at) =>
      at % 2 === 0 && name !== 'content-length' ? [`${name}: ${fields[at + 1] ?? ''}`] : [],
    );
    return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n');
  }

  /** The upstream does not go along, and says why. */
  private passAnswer(answer: IncomingMessage): void {
    const { response, requestId } = this.exchange;
    if (this.isOver) {
      answer.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, clientFields(answer.headers, requestId));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  }

  private fail(error: NodeJS.ErrnoException): void {
    const { response, requestId } = this.exchange;
    if (this.isOver) return;
    this.surroundings.onFailure(error);
    if (response.headersSent) this.client.socket.destroy();
    else send(response, answerToFailure(error), requestId);
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.surroundings.live.remove(this);
    this.upstreamSocket?.destroy();
    this.upstreamRequest?.destroy();
  }
}

/** An upgraded connection may be silent for long; a peer that is no longer there is found out by TCP. */
function keepOpen(socket: Duplex): void {
  if (!('setKeepAlive' in socket)) return;
  const tcp = socket as Duplex & Pick<import('node:net').Socket, 'setKeepAlive' | 'setNoDelay' | 'setTimeout'>;
  tcp.setTimeout(0);
  tcp.setNoDelay(true);
  tcp.setKeepAlive(true, KEEP_ALIVE_MS);
}

function joinHalves(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.once('end', () => {
    setTimeout(() => {
      from.destroy();
      to.destroy();
    }, HALF_CLOSED_MS).unref();
  });
}
