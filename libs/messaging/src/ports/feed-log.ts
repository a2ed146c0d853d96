/** The logger that messaging writes to; pino's fits. */
export interface FeedLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What may be logged of an unknown failure: its text, never the object, which may carry a connection's options. */
export function failureText(error: unknown): string {
  // Nest hands on what a handler threw as an object with a message.
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return String(message);
}
