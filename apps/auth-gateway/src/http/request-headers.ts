import type { IncomingMessage } from 'node:http';
import { MAX_AUTHORIZATION_CHARACTERS } from '../credentials/basic-credentials.js';

/** Fields that may stand in a request once. Node keeps the first of several, the next server on the way perhaps the last. */
const ONCE = ['authorization', 'host'] as const;

/**
 * Whether the request can be read in more than one way, or carries a credential that nobody needs so long: a 400 before anything is decoded.
 */
export function isAmbiguous(request: IncomingMessage): boolean {
  const { rawHeaders } = request;
  let authorizations = 0;
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    // The length alone tells nearly all others apart.
    if (name.length === ONCE[0].length && name.toLowerCase() === ONCE[0]) authorizations++;
    else if (name.length === ONCE[1].length && name.toLowerCase() === ONCE[1]) hosts++;
  }
  return authorizations > 1 || hosts > 1 || (request.headers.authorization?.length ?? 0) > MAX_AUTHORIZATION_CHARACTERS;
}

/** Whether the connection is to become another one (WebSocket), after which no method limits anything. Proxies may drop `Upgrade` only. */
export function isUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade !== undefined || request.headers['sec-websocket-key'] !== undefined;
}

/** A header of which there must be one; undefined if there is none or (joined by Node) more. */
export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
