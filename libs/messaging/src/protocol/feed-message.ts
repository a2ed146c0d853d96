import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type JsonObject, type SharedKeys } from '@keyfold/domain';
import { FeedProblem, RequestRefusedError } from './errors.js';

/** What a request is for; part of what is authenticated, so that none passes for another. */
export type RequestPurpose = 'head' | 'refill' | 'use';

/**
 * The forms that messages between gateways and the admin-service have had.
 * - 1: all members and the request's `mac` in one object, read by peers that refuse any further member;
 * - 2: `{protocol, body, mac}` in both directions. `body` is JSON text of which readers ignore members that they do not
 *   know; the MAC and the request's hash are over its bytes, so a reader never has to serialise it again.
 */
export type Protocol = 1 | 2;

/**
 * The order in which an asker tries them: a peer that does not know a form refuses it, and is asked again in the next
 * one.
 */
export const PROTOCOLS = [2, 1] as const satisfies readonly Protocol[];

/** A request as it is sent. */
export interface SealedRequest {
  readonly purpose: RequestPurpose;
  readonly protocol: Protocol;
  readonly text: string;
  /** Names the request in replies: SHA-256, base64url. */
  readonly hash: string;
}

/** An authentic request as it came in; its body is still to be parsed. */
export interface OpenedRequest extends Omit<SealedRequest, 'text'> {
  readonly body: JsonObject;
}

const envelopeSchema = z.object({ protocol: z.literal(2), body: z.string(), mac: z.string() });

/** Writes a gateway's request, authenticated by HMAC-SHA-256 under the first of the shared message keys. */
export function sealRequest(
  purpose: RequestPurpose,
  body: JsonObject,
  { protocol, keys }: { readonly protocol: Protocol; readonly keys: SharedKeys },
): SealedRequest {
  const signed = protocol === 1 ? canonicalJson(body) : JSON.stringify(body);
  const context = requestContext(purpose, protocol);
  const mac = macOf(context, signed, makingKey(keys)).toString('base64url');
  const message = protocol === 1 ? { ...body, mac } : { protocol, body: signed, mac };
  return { purpose, protocol, text: JSON.stringify(message), hash: hashOf(context, signed) };
}

/**
 * Reads a request in any of the forms and checks its MAC under any of the shared message keys.
 *
 * @throws RequestRefusedError `MALFORMED_REQUEST` if it is no JSON object or of an unknown form, `NOT_AUTHENTICATED`.
 *   On either a newer asker tries an older form, so a form that is not known must end in one of the two.
 */
export function openRequest(purpose: RequestPurpose, text: string, keys: SharedKeys): OpenedRequest {
  const message = objectOf(text);
  return Object.hasOwn(message, 'protocol')
    ? openEnvelope(purpose, message, keys)
    : openFirstForm(purpose, message, keys);
}

/**
 * Writes the reply to a request, in the request's form. In the second it is authenticated, and bound to the request by
 * its hash.
 */
export function sealReply(
  { purpose, protocol, hash }: Pick<OpenedRequest, 'purpose' | 'protocol' | 'hash'>,
  body: object,
  keys: SharedKeys,
): string {
  const text = JSON.stringify(body);
  if (protocol === 1) return text;
  const mac = macOf(replyContext(purpose, hash), text, makingKey(keys)).toString('base64url');
  return JSON.stringify({ protocol, body: text, mac });
}

/**
 * Reads the reply to a request: its body, still to be parsed.
 *
 * @throws FeedProblem `BAD_REPLY` if it is not in the request's form or, in the second, not the authentic reply to this
 *   request
 */
export function openReply({ purpose, protocol, hash }: SealedRequest, text: string, keys: SharedKeys): unknown {
  if (protocol === 1) return parseJson(text);
  const envelope = envelopeSchema.safeParse(parseJson(text));
  if (!envelope.success) throw new FeedProblem('BAD_REPLY', 'the reply is no message of the feed');
  const { body, mac } = envelope.data;
  if (!isAuthentic(replyContext(purpose, hash), body, { mac, keys }))
    throw new FeedProblem('BAD_REPLY', 'the reply is not authentic, or answers another request');
  return parseJson(body);
}

function openEnvelope(purpose: RequestPurpose, message: JsonObject, keys: SharedKeys): OpenedRequest {
  const envelope = envelopeSchema.safeParse(message);
  if (!envelope.success) throw new RequestRefusedError('MALFORMED_REQUEST', z.prettifyError(envelope.error));
  const { body, mac, protocol } = envelope.data;
  const context = requestContext(purpose, protocol);
  if (!isAuthentic(context, body, { mac, keys })) throw notAuthentic();
  return { purpose, protocol, body: objectOf(body), hash: hashOf(context, body) };
}

function openFirstForm(purpose: RequestPurpose, message: JsonObject, keys: SharedKeys): OpenedRequest {
  const { mac, ...body } = message;
  if (typeof mac !== 'string') throw new RequestRefusedError('NOT_AUTHENTICATED', 'the request has no mac');
  let signed: string;
  try {
    signed = canonicalJson(body);
  } catch {
    throw new RequestRefusedError('MALFORMED_REQUEST', 'the request has no canonical form');
  }
  const context = requestContext(purpose, 1);
  if (!isAuthentic(context, signed, { mac, keys })) throw notAuthentic();
  return { purpose, protocol: 1, body, hash: hashOf(context, signed) };
}

function notAuthentic(): RequestRefusedError {
  return new RequestRefusedError('NOT_AUTHENTICATED', 'the mac of the request is wrong');
}

function requestContext(purpose: RequestPurpose, protocol: Protocol): string {
  return `keyfold ${purpose} request v${protocol}\n`;
}

function replyContext(purpose: RequestPurpose, requestHash: string): string {
  return `keyfold ${purpose} reply v2\n${requestHash}\n`;
}

function makingKey({ messageKeys: [key] }: SharedKeys): Uint8Array {
  if (key === undefined) throw new TypeError('there is no shared secret');
  return key;
}

function isAuthentic(
  context: string,
  text: string,
  { mac, keys }: { readonly mac: string; readonly keys: SharedKeys },
): boolean {
  // A lone surrogate has no bytes of its own: two texts would have the same MAC.
  if (!text.isWellFormed()) return false;
  const given = Buffer.from(mac, 'base64url');
  return keys.messageKeys.some((key) => {
    const expected = macOf(context, text, key);
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  });
}

function macOf(context: string, text: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(context).update(text).digest();
}

function hashOf(context: string, text: string): string {
  return hash('sha256', context + text, 'base64url');
}

function objectOf(text: string): JsonObject {
  const parsed = parseJson(text);
  if (parsed === undefined) throw new RequestRefusedError('MALFORMED_REQUEST', 'the request is not JSON');
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new RequestRefusedError('MALFORMED_REQUEST', 'the request is not a JSON object');
  }
  return parsed as JsonObject;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
