import type { AllowedVerdict } from '../authentication/verdict.js';
import type { Answer } from '../http/answers.js';
import { identityHeaders } from '../http/identity-headers.js';
import { nextRequestId } from '../http/request-id.js';
import type { CheckResponse, HeaderOption } from './check-messages.js';

/** Numbers of google.rpc.Code. Envoy looks at the HTTP status; other clients may look here. */
const RPC_CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 429: 8, 503: 14 };
const PERMISSION_DENIED = 7;

/** The request goes on, with the identity headers instead of the client's own and without its credentials. */
export function allowedResponse({ identity, position }: AllowedVerdict): CheckResponse {
  const headers = [...identityHeaders(identity), 'X-Keyfold-Position', String(position)];
  return { status: { code: 0 }, ok_response: { headers: options(headers), headers_to_remove: ['authorization'] } };
}

/** Envoy answers its client with this. */
export function deniedResponse({ body, headers, status }: Answer): CheckResponse {
  return {
    status: { code: RPC_CODES[status] ?? PERMISSION_DENIED },
    denied_response: {
      status: { code: status },
      headers: options([...headers, 'X-Request-Id', nextRequestId()]),
      body: body?.toString() ?? '',
    },
  };
}

/** @param headers name and value in turn; Envoy counts the body itself */
function options(headers: readonly string[]): HeaderOption[] {
  const made: HeaderOption[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const [key = '', value = ''] = headers.slice(at, at + 2);
    if (key !== 'Content-Length') made.push({ header: { key: key.toLowerCase(), value }, append: { value: false } });
  }
  return made;
}
