import type { AccessIdentity } from '@keyfold/domain';
import type { AllowedVerdict } from '../authentication/verdict.js';
import { STANDARD_HEADERS } from '../http/answers.js';
import { identityHeaders } from '../http/identity-headers.js';
import type { RouteRequest } from './fast-lane.js';

interface MadeHeaders {
  readonly position: number;
  /** The last one is the request id, set anew for each answer: Node has read the array when `writeHead` returns. */
  readonly headers: string[];
}

/**
 * Makes what answers exactly 200, empty, with every identity header: what a proxy takes for "allowed", by whatever method it asks.
 *
 * @param more headers of this surface alone
 */
export function identityAnswer(
  more: readonly string[] = [],
): (route: RouteRequest, verdict: AllowedVerdict) => undefined {
  // Between two records of the log one identity is answered alike, so all but the request id is put together once.
  const made = new WeakMap<AccessIdentity, MadeHeaders>();
  return ({ requestId, response }, { identity, position }) => {
    let ready = made.get(identity);
    if (ready?.position !== position) {
      ready = { position, headers: headersOf(identity, position, more) };
      made.set(identity, ready);
    }
    const { headers } = ready;
    headers[headers.length - 1] = requestId;
    response.writeHead(200, headers);
    response.end();
    return undefined;
  };
}

function headersOf(identity: AccessIdentity, position: number, more: readonly string[]): string[] {
  return [
    ...STANDARD_HEADERS,
    'Content-Length',
    '0',
    ...identityHeaders(identity),
    'X-Keyfold-Position',
    String(position),
    ...more,
    'X-Request-Id',
    '',
  ];
}
