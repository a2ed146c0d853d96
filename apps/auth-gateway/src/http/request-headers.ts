import type { IncomingMessage } from 'node:http';
import { MAX_AUTHORIZATION_CHARACTERS } from '../credentials/basic-credentials.js';

/**
 * Whether the request can be read in more than one way, or carries a credential that nobody needs so long: a 400 before
 * anything is decoded.
 */
export function isAmbiguous(request: IncomingMessage): boolean {
  if ((request.headers.authorization?.length ?? 0) > MAX_AUTHORIZATION_CHARACTERS) return true;
  // Node's parser also takes versions that no server speaks in lines.
  if (request.httpVersionMajor !== 1 || hasUnclearHost(request)) return true;
  let seen = 0;
  const { rawHeaders } = request;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const field = onceField(rawHeaders[at] ?? '');
    if ((seen & field) !== 0) return true;
    seen |= field;
  }
  return false;
}

/**
 * Name or address, and port (RFC 9112, 3.2): of anything else one server may read the first part, the next one the
 * last.
 */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-f:.]{2,45}(?:%[\w.~%-]{1,32})?\])(?::\d{0,5})?$/;
/** Nearly all requests come for the same one, which has been looked at. */
let usualHost = '';

/** Node would refuse an absent one by itself, but without the fields that every answer has. */
function hasUnclearHost({ headers: { host }, httpVersion }: IncomingMessage): boolean {
  return host === undefined ? httpVersion === '1.1' : host !== usualHost && !isHost(host);
}

function isHost(host: string): boolean {
  const isOne = HOST.test(host);
  if (isOne) usualHost = host;
  return isOne;
}

/**
 * Whether the body comes in a coding that Node cannot take apart. Its parser says so only after the request was handed
 * over, and an answer that does not wait for the body would have been sent by then.
 */
export function isSuspectlyFramed(request: IncomingMessage): boolean {
  const coding = request.headers['transfer-encoding'];
  return coding !== undefined && coding.toLowerCase() !== 'chunked';
}

/**
 * A bit for each field that may stand in a request once: Node keeps the first of several, the next server on the way
 * perhaps the last.
 */
function onceField(name: string): number {
  // The length alone tells nearly all others apart.
  if (name.length === 13) return name.toLowerCase() === 'authorization' ? 1 : 0;
  if (name.length === 4) return name.toLowerCase() === 'host' ? 2 : 0;
  return 0;
}

/**
 * Whether a proxy may make another connection of the request that it asks about (WebSocket, also where it dropped
 * `Upgrade`), after which no method limits anything. HTTP/2 counts: Go's, Caddy's and HAProxy's proxies tunnel it
 * unless they are told not to.
 */
export function isUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined || headers['sec-websocket-key'] !== undefined;
}

/**
 * The same for Envoy, which never upgrades to HTTP/2 but takes the offer out, as Java's client and `curl --http2` make
 * it with each request.
 */
export function isUpgradeByEnvoy(upgrade: readonly string[], isWebSocket: boolean): boolean {
  return isWebSocket || upgrade.some((value) => value.toLowerCase() !== 'h2c');
}

/** A header of which there must be one; undefined if there is none or (joined by Node) more. */
export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether a body comes with the request. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}
