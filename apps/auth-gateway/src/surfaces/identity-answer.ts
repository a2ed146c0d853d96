import type { AllowedVerdict } from '../authentication/verdict.js';
import { STANDARD_HEADERS } from '../http/answers.js';
import { identityHeaders } from '../http/identity-headers.js';
import type { RouteRequest } from './fast-lane.js';

/** Answers exactly 200, empty, with every identity header: what a proxy takes for "allowed", by whatever method it asks. */
export function sendIdentity(
  { requestId, response }: RouteRequest,
  { identity, position }: AllowedVerdict,
  more: readonly string[] = [],
): void {
  response.writeHead(200, [
    ...STANDARD_HEADERS,
    'Content-Length',
    '0',
    ...identityHeaders(identity),
    'X-Keyfold-Position',
    String(position),
    ...more,
    'X-Request-Id',
    requestId,
  ]);
  response.end();
}
