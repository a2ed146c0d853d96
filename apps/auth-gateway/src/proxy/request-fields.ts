import type { IncomingMessage } from 'node:http';
import { readAddress } from '@keyfold/domain';
import type { TrustedProxies } from '@keyfold/service-kit';
import { identityHeaders } from '../http/identity-headers.js';
import type { Proven } from './admission.js';
import { connectionOptionsOf, requestFieldAction } from './header-filter.js';

/** What an allowed request says to the upstream of the one who sent it. */
export interface Voucher {
  /** Null for a preflight: then the upstream is told nothing of identity, neither by us nor by the client. */
  readonly proven: Proven | null;
  /** The client's address; null if it could not be told. */
  readonly clientIp: string | null;
  readonly requestId: string;
}

const HOST = /^[A-Za-z0-9._~%!$&'()*+,;=:[\]-]{1,255}$/;

/**
 * The fields that the upstream gets, name and value in turn: the client's that may pass, then ours. Framing is left to
 * whoever writes the request.
 *
 * @param context `upstreamHost` is the value of Host, unless the client's is to be preserved and can be
 */
export function upstreamFields(
  request: IncomingMessage,
  { clientIp, proven, requestId }: Voucher,
  context: { readonly proxies: TrustedProxies; readonly upstreamHost: string; readonly preservesHost: boolean },
): string[] {
  const { host, scheme } = context.proxies.clientSideOf(request);
  const clientHost = host !== undefined && HOST.test(host) ? host : null;
  const fields = ['Host', (context.preservesHost ? clientHost : null) ?? context.upstreamHost];
  // Who has proven nothing must not do more than ask.
  passClientFields(request, proven?.identity.readOnly ?? true, fields);
  // Made anew: of what the client sent, only a trusted proxy's word is heard.
  fields.push('X-Forwarded-For', wayOf(request, clientIp), 'X-Forwarded-Proto', scheme);
  if (clientHost !== null) fields.push('X-Forwarded-Host', clientHost);
  if (proven !== null) addIdentity(proven, fields);
  fields.push('X-Request-Id', requestId);
  return fields;
}

/** The client, and the proxy that it came by if it came by one. */
function wayOf({ socket }: IncomingMessage, clientIp: string | null): string {
  const peer = readAddress(socket.remoteAddress ?? '') ?? 'unknown';
  return clientIp === null || clientIp === peer ? peer : `${clientIp}, ${peer}`;
}

function addIdentity({ assertion, identity, position }: Proven, fields: string[]): void {
  fields.push(...identityHeaders(identity), 'X-Keyfold-Position', String(position), 'X-Keyfold-Assertion', assertion);
}

function passClientFields({ headers, rawHeaders }: IncomingMessage, isReadOnly: boolean, fields: string[]): void {
  const listed = connectionOptionsOf(headers.connection);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const action = requestFieldAction(name);
    if (action === 'drop' || (action === 'override-method' && isReadOnly)) continue;
    if (listed.size > 0 && listed.has(name.toLowerCase())) continue;
    fields.push(name, rawHeaders[at + 1] ?? '');
  }
}
