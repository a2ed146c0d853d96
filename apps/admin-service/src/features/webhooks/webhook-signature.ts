import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new signing secret in the form of Standard Webhooks. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * The headers of Standard Webhooks 1.0 for a message, with a signature by each secret: a receiver accepts any of them.
 *
 * @param message.id the same on every attempt, so that a receiver can tell a repeat
 * @param message.atSeconds of this attempt, since 1970
 */
export function signedHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly atSeconds: number; readonly body: string },
): Record<string, string> {
  const { atSeconds, body, id } = message;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${atSeconds}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(atSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
