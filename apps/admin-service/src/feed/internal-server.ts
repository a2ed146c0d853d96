import { Injectable } from '@nestjs/common';
import fastify, { type FastifyInstance } from 'fastify';
import { installDraining, MAX_REQUEST_HEAD_BYTES } from '@keyfold/service-kit';
import { AdminConfig } from '../platform/admin-config.js';
import { RequestAnswers } from './request-answers.js';
import type { GatewayRequest } from './request-outcomes.js';

const MAX_REQUEST_BYTES = 65_536;
/** A full use report has 1,000 entries. */
const MAX_REPORT_BYTES = 1_048_576;
const REFUSED_BODY = '{"error":{"code":"MALFORMED_REQUEST"}}';

/**
 * The internal port: heads, refills and use reports for gateways over HTTP, when there is no broker or it fails. A
 * server of its own, so that it can be kept from the outside and a flood on the public port does not starve it of
 * connections.
 */
@Injectable()
export class InternalServer {
  private readonly server: FastifyInstance;

  constructor(
    private readonly config: AdminConfig,
    answers: RequestAnswers,
  ) {
    this.server = buildServer(answers);
  }

  /** The port it listens on, once started. */
  get port(): number {
    const address = this.server.server.address();
    if (address === null || typeof address === 'string') throw new Error('the internal server is not listening');
    return address.port;
  }

  async start(): Promise<void> {
    const { KEYFOLD_ADMIN_INTERNAL_PORT: port, KEYFOLD_HOST: host } = this.config.settings;
    await this.server.listen({ port, host });
  }

  async stop(): Promise<void> {
    await this.server.close();
  }
}

function buildServer(answers: RequestAnswers): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_REQUEST_BYTES,
    forceCloseConnections: 'idle',
    requestTimeout: 10_000,
    http: { insecureHTTPParser: false, maxHeaderSize: MAX_REQUEST_HEAD_BYTES },
  });
  installDraining(server);
  // The mac is over the request as it was sent: no parser may touch it before.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  for (const kind of ['head', 'refill', 'use'] satisfies GatewayRequest[]) {
    const bodyLimit = kind === 'use' ? MAX_REPORT_BYTES : MAX_REQUEST_BYTES;
    server.post<{ Body: string | undefined }>(`/internal/v1/${kind}`, { bodyLimit }, async (request, reply) => {
      const { status, body } = await answers.answer(kind, request.body ?? '');
      return reply.code(status).headers({ 'content-type': 'application/json', 'cache-control': 'no-store' }).send(body);
    });
  }
  server.setNotFoundHandler((_request, reply) => reply.code(404).type('application/json').send(REFUSED_BODY));
  server.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    reply
      .code(error.statusCode ?? 500)
      .type('application/json')
      .send(REFUSED_BODY),
  );
  return server;
}
