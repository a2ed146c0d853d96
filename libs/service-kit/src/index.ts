export { ConfigError, loadConfig } from './config/load-config.js';
export { KNOWN_VARIABLES } from './config/known-variables.js';
export { list, natsServers, port, sharedSettings, url } from './config/settings.js';
export { networkOf } from './http/client-network.js';
export { installDraining } from './http/draining.js';
export { fastifyOptions, installStandardHeaders } from './http/fastify-options.js';
export { MAX_ANSWER_HEAD_BYTES, MAX_REQUEST_HEAD_BYTES } from './http/header-limits.js';
export { installReferencePage } from './http/reference-page.js';
export { rateLimitFields, type LimitState, type RateLimitFields } from './http/rate-limit-fields.js';
export { TrustedProxies, type ClientSide } from './http/trusted-proxies.js';
export { createLogger, type Logger } from './logging/logger.js';
export { NestLogger } from './logging/nest-logger.js';
export { createMetricsRegistry } from './operations/metrics-registry.js';
export { startOperationsServer, type OperationsServer, type Readiness } from './operations/operations-server.js';
export { databaseOf, differentRows, endRebuild, type RebuildReport } from './operations/rebuild-report.js';
export { startProblem, type StartSettings, type StartWords } from './operations/start-problem.js';
export { closeAll, stopOnSignals, NotClosedError, STOP_WITHIN_MS, type Closer } from './operations/stopping.js';
export {
  FIELD_CODES,
  fieldProblem,
  fieldProblemsOf,
  fieldRule,
  pointerToken,
  type FieldCode,
  type FieldProblem,
} from './problem/field-problem.js';
export { invalidRequest, ProblemError, problemBody, type ProblemDetails } from './problem/problem.js';
export { ProblemFilter } from './problem/problem.filter.js';

export { sendProblem } from './problem/send-problem.js';
export { HostClock, type HostClockSources } from './time/host-clock.js';
export { startTracing } from './tracing/start-tracing.js';
export { traceFastify } from './tracing/trace-fastify.js';
export { TRACE_FIELDS, Tracing, type HeaderFields, type Span } from './tracing/tracing.js';
export { tracingSettings, tracingVariables, type TracingSettings } from './tracing/tracing-settings.js';
