import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, type JsonObject, type SharedKeys } from '@keyfold/domain';
import { RequestRefusedError } from './errors.js';

/** What a request is for; part of what is authenticated, so that none passes for another. */
export type RequestPurpose = 'head' | 'refill' | 'use';

/**
 * Writes a gateway's request as JSON with its `mac`: HMAC-SHA-256 over the purpose and the RFC 8785 bytes of all other
 * members, under the first of the shared message keys.
 */
export function sealRequest(purpose: RequestPurpose, request: JsonObject, keys: SharedKeys): string {
  const [key] = keys.messageKeys;
  if (key === undefined) throw new TypeError('there is no shared secret');
  return JSON.stringify({ ...request, mac: macOf(purpose, request, key).toString('base64url') });
}

/**
 * Reads a request and checks its `mac` under any of the shared message keys.
 *
 * @returns the members without the mac, still to be parsed
 * @throws RequestRefusedError if it is no JSON object or not authentic
 */
export function openRequest(purpose: RequestPurpose, text: string, keys: SharedKeys): JsonObject {
  const { mac, ...request } = parseObject(text);
  if (typeof mac !== 'string') throw new RequestRefusedError('NOT_AUTHENTICATED', 'the request has no mac');
  const given = Buffer.from(mac, 'base64url');
  const isAuthentic = keys.messageKeys.some((key) => {
    const expected = macOf(purpose, request, key);
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  });
  if (!isAuthentic) throw new RequestRefusedError('NOT_AUTHENTICATED', 'the mac of the request is wrong');
  return request;
}

function parseObject(text: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new RequestRefusedError('MALFORMED_REQUEST', 'the request is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new RequestRefusedError('MALFORMED_REQUEST', 'the request is not a JSON object');
  }
  return parsed as JsonObject;
}

function macOf(purpose: RequestPurpose, request: JsonObject, key: Uint8Array): Buffer {
  let text: string;
  try {
    text = canonicalJson(request);
  } catch {
    throw new RequestRefusedError('MALFORMED_REQUEST', 'the request has no canonical form');
  }
  return createHmac('sha256', key).update(`keyfold ${purpose} request v1\n`).update(text).digest();
}
