import { jsonAnswer, METHOD_NOT_ALLOWED, send } from '../http/answers.js';
import type { TokenKeys } from '../tokens/token-keys.js';
import type { FastRoute } from './fast-lane.js';

/** `GET /.well-known/jwks.json`: the public keys of tokens and assertions, for everybody. */
export function jwks({ jwks: set }: TokenKeys): FastRoute {
  const answer = jsonAnswer(200, set);
  return ({ request, requestId, response }) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    send(response, isRead ? answer : METHOD_NOT_ALLOWED, requestId);
    return undefined;
  };
}
