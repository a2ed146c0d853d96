import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { MAX_REQUEST_HEAD_BYTES } from '../http/header-limits.js';
import type { Logger } from '../logging/logger.js';

/** What keeps a service from taking traffic, by name. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
}

interface OperationsOptions {
  readonly host: string;
  readonly port: number;
  readonly liveness?: () => boolean;
  readonly readiness: () => Promise<Readiness>;
  readonly registry: Pick<Registry, 'contentType' | 'metrics'>;
  readonly logger: Logger;
}

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` (the process answers), `/readyz` (200 or 503 with what is not ready) and `/metrics` (Prometheus) on a
 * port of their own, so that no misrouted public request can reach a route that always answers 200.
 *
 * @param options.liveness asked on each `/livez`: false answers 503. Default: that the process answers is enough
 * @param options.readiness asked on each `/readyz`; if it throws, the answer is 503
 * @throws the listen error (EADDRINUSE and the like)
 */
export async function startOperationsServer(options: OperationsOptions): Promise<OperationsServer> {
  const routes = operationsRoutes(options);
  const server = createServer({ maxHeaderSize: MAX_REQUEST_HEAD_BYTES }, (request, response) => {
    const route =
      request.method === 'GET' || request.method === 'HEAD'
        ? routes[(request.url ?? '').split('?')[0] ?? '']
        : undefined;
    if (request.method === 'TRACE') {
      response.setHeader('allow', 'GET, HEAD');
      answer(response, 405, 'application/json', NOT_ALLOWED);
      return;
    }
    if (!route) {
      answer(response, 404, 'application/json', '{"status":"not-found"}');
      return;
    }
    route().then(
      ({ status, type, body }) => {
        answer(response, status, type, body);
      },
      (error: unknown) => {
        options.logger.warn({ err: error }, 'an operations request failed');
        answer(response, 503, 'application/json', '{"status":"not-ready","checks":{}}');
      },
    );
  });
  // CONNECT never becomes a request: without an answer here Node would only cut the connection.
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => undefined);
    const fields = { ...fieldsOf('application/json', NOT_ALLOWED), allow: 'GET, HEAD', connection: 'close' };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
    socket.end(['HTTP/1.1 405 Method Not Allowed', ...lines, '', NOT_ALLOWED].join('\r\n'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function operationsRoutes({ liveness, readiness, registry }: OperationsOptions): Record<string, () => Promise<Page>> {
  return {
    '/livez': () => {
      const isAlive = liveness?.() ?? true;
      return Promise.resolve(jsonPage(isAlive, { status: isAlive ? 'ok' : 'not-alive' }));
    },
    '/readyz': async () => {
      const { checks, ready } = await readiness();
      return jsonPage(ready, { status: ready ? 'ok' : 'not-ready', checks });
    },
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  };
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function jsonPage(isGood: boolean, body: object): Page {
  return { status: isGood ? 200 : 503, type: 'application/json', body: JSON.stringify(body) };
}

const NOT_ALLOWED = '{"status":"method-not-allowed"}';

/** Every answer has these. */
function fieldsOf(type: string, body: string): Record<string, string> {
  return {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-request-id': uuidv7(),
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, fieldsOf(type, body)).end(body);
}
