import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError, sendProblem } from '@keyfold/service-kit';
import { AdminConfig } from '../../platform/admin-config.js';
import { ServiceLogger } from '../../platform/service-logger.js';

const BASE = '/console/';
/** What the build writes wherever a nonce belongs (apps/console/vite.config.ts). */
const NONCE_PLACEHOLDER = '__CSP_NONCE__';

/**
 * Serves the built console. Scripts and styles have hashed names and may be cached for ever; the page itself never is,
 * since it carries the nonce of its one answer.
 */
@Injectable()
export class ConsoleFiles implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: AdminConfig,
    private readonly logger: ServiceLogger,
  ) {}

  onModuleInit(): void {
    if (!this.config.settings.KEYFOLD_CONSOLE) return;
    const folder = builtConsole();
    if (folder === null) {
      this.logger.log.warn('the console is not built, so it is not served: run `npm run build`');
      return;
    }
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    // Not awaited: that would make Fastify ready before Nest has set its error handler, and errors of parsing would not
    // be problems.
    void fastify.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: `${BASE}assets/`,
      decorateReply: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
      setHeaders: (reply) => {
        void reply.header('x-content-type-options', 'nosniff');
        void reply.header('cross-origin-resource-policy', 'same-origin');
      },
    });
    fastify.get('/', (request, reply) =>
      acceptsHtml(request) ? reply.redirect(BASE, 302) : sendProblem(reply, notFound()),
    );
    fastify.get('/console', (_request, reply) => reply.redirect(BASE, 302));
    fastify.get(`${BASE}*`, (request, reply) =>
      hasExtension(request.url) ? sendProblem(reply, notFound()) : sendPage(reply, page),
    );
  }
}

/** `dist/apps/console`, also for tests, which run this file from the sources; null where it has not been built. */
function builtConsole(): string | null {
  let root = import.meta.dirname;
  while (!existsSync(join(root, 'package.json'))) {
    if (dirname(root) === root) return null;
    root = dirname(root);
  }
  const folder = join(root, 'dist/apps/console');
  return existsSync(join(folder, 'index.html')) ? folder : null;
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policyWith(nonce),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    .send(page.replaceAll(NONCE_PLACEHOLDER, nonce));
}

function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

function acceptsHtml({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}

/** Only an address without one is a page of the console: a missing script must not be answered with HTML. */
function hasExtension(url: string): boolean {
  const path = url.split('?', 1)[0] ?? '';
  return path.slice(path.lastIndexOf('/')).includes('.');
}

function notFound(): ProblemError {
  return new ProblemError(404, 'NOT_FOUND', 'There is nothing at this address.');
}
