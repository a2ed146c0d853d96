import type { AllowedVerdict } from '../authentication/verdict.js';
import { STANDARD_HEADERS } from '../http/answers.js';
import { identityHeaders } from '../http/identity-headers.js';
import type { RouteRequest } from './fast-lane.js';

const BEFORE = [...STANDARD_HEADERS, 'Content-Length', '0'];

/**
 * Makes what answers exactly 200, empty, with every identity header: what a proxy takes for "allowed", by whatever
 * method it asks.
 *
 * @param more headers of this surface alone
 */
export function identityAnswer(
  more: readonly string[] = [],
): (route: RouteRequest, verdict: AllowedVerdict) => undefined {
  // Nothing is kept for a key: with 100,000 of them, finding what was kept costs more than making it.
  let [lastPosition, positionText] = [-1, ''];
  return ({ requestId, response }, { identity, position }) => {
    if (position !== lastPosition) [lastPosition, positionText] = [position, String(position)];
    const own = ['X-Keyfold-Position', positionText, ...more, 'X-Request-Id', requestId];
    response.writeHead(200, BEFORE.concat(identityHeaders(identity), own));
    response.end();
    return undefined;
  };
}
