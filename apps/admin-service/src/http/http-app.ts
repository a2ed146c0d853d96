import { parse as parseQueryString } from 'node:querystring';
import fastifyCookie from '@fastify/cookie';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AsyncContext, CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { isUnavailability } from '@keyfold/event-store';
import {
  fastifyOptions,
  installDraining,
  installStandardHeaders,
  type Logger,
  NestLogger,
  ProblemError,
  ProblemFilter,
  traceFastify,
  type Tracing,
  type TrustedProxies,
} from '@keyfold/service-kit';
import type { Metrics } from '../platform/metrics.js';
import { WriteUnavailableError } from '../write/write-error.js';
import { AnswerInterceptor } from './answer.js';
import type { FeatureDocs } from './api-docs.js';
import { installClientSide } from './client-side.js';
import { ConfirmationInterceptor, Confirmations } from './confirmation.js';
import { BODY_LIMIT_BYTES, installJsonBody } from './json-body.js';
import { collectMethods } from './method-not-allowed.js';
import { installOpenApi } from './openapi.js';
import { installRequestMetrics } from './request-metrics.js';
import { createValidationPipe } from './validation.pipe.js';

/** Longer than any id, short enough that nobody sends a book. */
const MAX_PARAM_LENGTH = 500;

/**
 * Fastify's own parser decodes nothing of a value in which a percent sign stands for itself. All parameters are read:
 * an unknown one must be seen.
 */
const parseQuery = (text: string): Record<string, unknown> => parseQueryString(text, '&', '=', { maxKeys: 0 });

/** Builds the Nest application with everything that all routes share; it does not listen yet. */
export async function createHttpApp(
  module: DynamicModule,
  options: {
    readonly api: readonly FeatureDocs[];
    readonly logger: Logger;
    readonly proxies: TrustedProxies;
    readonly metrics: Metrics;
    readonly tracing: Tracing | null;
  },
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...fastifyOptions(),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQuery },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(options.logger),
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  installStandardHeaders(fastify);
  installClientSide(fastify, options.proxies);
  installDraining(fastify);
  installRequestMetrics(fastify, options.metrics);
  if (options.tracing !== null) {
    traceFastify(fastify, options.tracing);
    traceCommands(app.get(CommandBus), options.tracing);
  }
  installJsonBody(fastify);
  const methods = collectMethods(fastify);
  await app.register(fastifyCookie);
  app.useGlobalFilters(new ProblemFilter(options.logger, isUnavailability, writeProblem));
  app.useGlobalPipes(createValidationPipe());
  // The first is the outermost: an answer is held back before it becomes headers and a body.
  app.useGlobalInterceptors(new AnswerInterceptor(), new ConfirmationInterceptor(app.get(Confirmations)));
  installOpenApi(app, options.api);
  await app.init();
  methods.close();
  return app;
}

function writeProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof WriteUnavailableError)) return undefined;
  const headers = { 'retry-after': String(error.retryAfterSeconds) };
  return new ProblemError(503, 'UNAVAILABLE', error.message, { headers });
}

/**
 * Records each command as a span with its name, within the request's span. The bus has a hook before handlers but none
 * around them, so its method is replaced. Without tracing the bus is unchanged.
 */
function traceCommands(bus: CommandBus, tracing: Tracing): void {
  const execute = bus.execute.bind(bus);
  bus.execute = (command: object, context?: AsyncContext): Promise<unknown> =>
    tracing.around(command.constructor.name, {}, () =>
      context === undefined ? execute(command) : execute(command, context),
    );
}
