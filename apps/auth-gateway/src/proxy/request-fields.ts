import type { TrustedProxies } from '@keyfold/service-kit';
import { readAddress, type AccessIdentity } from '@keyfold/domain';
import type { IncomingMessage } from 'node:http';
import { identityHeaders } from '../http/identity-headers.js';
import { listedByConnection, requestFieldFate } from './field-fate.js';

/** What an allowed request says to the upstream of the one who sent it. */
export interface Voucher {
  readonly identity: AccessIdentity;
  readonly position: number;
  readonly assertion: string;
  /** The client's address; null if it could not be told. */
  readonly clientIp: string | null;
  readonly requestId: string;
}

const HOST = /^[A-Za-z0-9._~%!$&'()*+,;=:[\]-]{1,255}$/;

/**
 * The fields that the upstream gets, name and value in turn: the client's that may pass, then ours. Framing is left to whoever writes the
 * request.
 *
 * @param upstreamHost value of Host
 */
export function upstreamFields(
  request: IncomingMessage,
  voucher: Voucher,
  context: { readonly proxies: TrustedProxies; readonly upstreamHost: string },
): string[] {
  const fields = ['Host', context.upstreamHost];
  passClientFields(request, voucher.identity.readOnly, fields);
  addForwarded(request, voucher, context.proxies, fields);
  fields.push(
    ...identityHeaders(voucher.identity),
    'X-Keyfold-Position',
    String(voucher.position),
    'X-Keyfold-Assertion',
    voucher.assertion,
    'X-Request-Id',
    voucher.requestId,
  );
  return fields;
}

function passClientFields({ headers, rawHeaders }: IncomingMessage, isReadOnly: boolean, fields: string[]): void {
  const listed = listedByConnection(headers.connection);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const fate = requestFieldFate(name);
    if (fate === 'drop' || (fate === 'override-method' && isReadOnly)) continue;
    if (listed.size > 0 && listed.has(name.toLowerCase())) continue;
    fields.push(name, rawHeaders[at + 1] ?? '');
  }
}

/** Made anew: of what the client sent, only a trusted proxy's word is heard. */
function addForwarded(
  request: IncomingMessage,
  { clientIp }: Voucher,
  proxies: TrustedProxies,
  fields: string[],
): void {
  const { host, scheme } = proxies.clientSideOf(request);
  const peer = readAddress(request.socket.remoteAddress ?? '') ?? 'unknown';
  const client = clientIp ?? peer;
  fields.push('X-Forwarded-For', client === peer ? peer : `${client}, ${peer}`);
  fields.push('X-Forwarded-Proto', scheme);
  if (host !== undefined && HOST.test(host)) fields.push('X-Forwarded-Host', host);
}
