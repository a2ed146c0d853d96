import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AddressNotAllowedError, guardedLookup, requireAllowedHost } from './webhook-address.js';

/** What came of an attempt: the receiver's status, or why there is none. */
export interface SendResult {
  readonly status: number | null;
  readonly error: 'ADDRESS_NOT_ALLOWED' | 'TIMEOUT' | 'NOT_REACHABLE' | null;
}

const TIMEOUT_MS = 15_000;

/**
 * Posts a message: one connection, no redirect followed, the answer's body not read. Never rejects. What the receiver or the network says besides
 * the status is not kept: it could be anything from inside.
 */
export async function sendWebhook(
  url: string,
  message: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  options: { readonly allowPrivate: boolean; readonly timeoutMs?: number },
): Promise<SendResult> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    return { status: await post(new URL(url), message, { ...options, signal }), error: null };
  } catch (error) {
    if (error instanceof AddressNotAllowedError) return { status: null, error: 'ADDRESS_NOT_ALLOWED' };
    return { status: null, error: signal.aborted ? 'TIMEOUT' : 'NOT_REACHABLE' };
  }
}

function post(
  url: URL,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  { allowPrivate, signal }: { readonly allowPrivate: boolean; readonly signal: AbortSignal },
): Promise<number> {
  requireAllowedHost(url.hostname, allowPrivate);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      // A connection of its own for each message: a kept one would outlive the check of its address.
      agent: false,
      lookup: guardedLookup(allowPrivate),
      signal,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Keyfold-Webhooks',
      },
    });
    request.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.on('error', reject);
    request.end(body);
  });
}
