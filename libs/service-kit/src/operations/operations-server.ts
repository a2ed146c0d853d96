import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Logger } from '../logging/logger.js';

/** What keeps a service from taking traffic, by name. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
}

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` (the process answers), `/readyz` (200 or 503 with what is not ready) and `/metrics` (Prometheus) on a port of their own,
 * so that no misrouted public request can reach a route that always answers 200.
 *
 * @param options.readiness asked on each `/readyz`; if it throws, the answer is 503
 * @throws the listen error (EADDRINUSE and the like)
 */
export async function startOperationsServer(options: {
  host: string;
  port: number;
  readiness: () => Promise<Readiness>;
  registry: Registry;
  logger: Logger;
}): Promise<OperationsServer> {
  const routes: Record<string, () => Promise<{ status: number; type: string; body: string }>> = {
    '/livez': () => Promise.resolve({ status: 200, type: 'application/json', body: '{"status":"ok"}' }),
    '/readyz': async () => {
      const readiness = await options.readiness();
      const body = JSON.stringify({ status: readiness.ready ? 'ok' : 'not-ready', checks: readiness.checks });
      return { status: readiness.ready ? 200 : 503, type: 'application/json', body };
    },
    '/metrics': async () => ({
      status: 200,
      type: options.registry.contentType,
      body: await options.registry.metrics(),
    }),
  };
  const server = createServer((request, response) => {
    const route =
      request.method === 'GET' || request.method === 'HEAD'
        ? routes[(request.url ?? '').split('?')[0] ?? '']
        : undefined;
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

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' })
    .end(body);
}
