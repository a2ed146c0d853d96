import pino from 'pino';

export type Logger = pino.Logger;

/** Header and member names whose values never reach a log line, wherever they stand in a logged object. */
const SECRET_PATHS = [
  'authorization',
  'cookie',
  'password',
  'currentPassword',
  'newPassword',
  'key',
  'secret',
  'token',
  'sharedSecret',
];

/**
 * Makes a service's logger: one JSON object a line on standard output.
 *
 * @param options.service name of the service, on each line
 * @param options.level least level that is written
 */
export function createLogger(
  options: { service: string; level?: string },
  destination?: pino.DestinationStream,
): Logger {
  const paths = SECRET_PATHS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const settings: pino.LoggerOptions = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
    serializers: { err: errorWithoutValues },
  };
  return destination ? pino(settings, destination) : pino(settings);
}

/**
 * Of an error: its class, code, text and stack. Database drivers and HTTP clients hang queries, parameters and whole
 * requests on their errors, and those hold hashes and credentials, so nothing else is written.
 */
function errorWithoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: errorWithoutValues(error.cause) } : {}),
  };
}
