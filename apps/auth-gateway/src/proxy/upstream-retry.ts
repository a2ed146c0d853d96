import type { IncomingMessage } from 'node:http';
import { hasBody } from '../http/request-headers.js';

/** Asking twice has the effect of asking once (RFC 9110, 9.2.2). TRACE is not passed on. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE']);
/** undici has one code for whatever happens to a socket. */
const CLOSED_BY_PEER = new Set(['other side closed', 'closed']);

/**
 * Whether a request that got no answer may be sent once more: it had gone out on a connection that the upstream was
 * just closing, as it may do with an idle one at any moment. Such a request has most likely not been read, but nobody
 * knows, so it must be one that may arrive twice, and nothing of it may be used up.
 */
export function isRetriable(request: IncomingMessage, error: Error): boolean {
  return IDEMPOTENT.has(request.method ?? '') && !hasBody(request) && wasClosed(error);
}

function wasClosed(
  error: Error & { readonly code?: string; readonly socket?: { readonly bytesRead?: number } },
): boolean {
  if (RESET_CODES.has(error.code ?? '')) return true;
  // A connection that has not brought anything yet is a new one: the upstream hangs up on this very request.
  return error.code === 'UND_ERR_SOCKET' && CLOSED_BY_PEER.has(error.message) && (error.socket?.bytesRead ?? 0) > 0;
}
