import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, Frontier, type JsonObject } from '@keyfold/domain';
import { askingIn, TestAdmin, testKeys } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { keyClaimed, userCreated, userErased } from '@keyfold/testing/feed/test-events';
import { openSignedHead } from '../heads/signed-head.js';
import { RefillClient } from '../refill/refill-client.js';
import { askToTake, openUseReport } from '../use/use-report.js';
import { openReply, openRequest, PROTOCOLS, type SealedRequest, sealReply, sealRequest } from './feed-message.js';

const { otherShared, shared: keys, signer, verifier } = testKeys;

/*
 * What gateways and the admin-service of commit 75aee3d, the last that knew only the first form, said to each other.
 * Never edited.
 */
interface Exchange {
  readonly request: string;
  readonly reply: string;
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/75aee3d.json'), 'utf8')) as {
  readonly [kind in 'head' | 'refill' | 'use']: Exchange;
} & { readonly refusals: { readonly ofTheNewForm: string } };
/** Of the members that are looked at here, each is a string. */
const parsed = (text: string): Record<string, string> => JSON.parse(text) as Record<string, string>;
const without = (body: JsonObject, ...names: string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));

/** The log that it was said about. */
function recordedLog(): MemoryLog {
  const log = new MemoryLog();
  log.append(userCreated(1), userCreated(2), ...keyClaimed('k1', 1), ...keyClaimed('k2', 2), userErased(1));
  log.erase(1, 'username');
  log.erase(3, 'name');
  log.erase(4, 'secretHash');
  return log;
}

describe('the admin-service answers a gateway of 75aee3d', () => {
  let side: TestAdmin;
  beforeEach(() => {
    side = new TestAdmin(recordedLog(), { natsUrl: undefined });
  });

  test('with a head that it can read: exactly the members that it knows, signed as it checks them', async () => {
    const reply = parsed(await side.answer('http', 'head', recorded.head.request));
    const then = parsed(recorded.head.reply);
    // The time is the log's own affair.
    expect(without(reply, 'logTime', 'signature')).toEqual(without(then, 'logTime', 'signature'));
    expect(Object.keys(reply)).toEqual(Object.keys(then));
    const bytes = Buffer.from(`keyfold signed head v1\n${canonicalJson(without(reply, 'signature'))}`);
    expect(verifier.verify(bytes, Buffer.from(reply['signature'] ?? '', 'base64'))).toBe(true);
  });

  test('with a refill that it can read', async () => {
    const reply = await side.answer('http', 'refill', recorded.refill.request);
    expect(parsed(reply)).toEqual(parsed(recorded.refill.reply));
  });

  test('and takes its use reports', () => {
    const { report, request } = openUseReport(recorded.use.request, keys);
    expect(report).toMatchObject({ gatewayId: 'gateway-1', uses: [{ surface: 'forward-auth' }], retired: [{}] });
    expect(sealReply(request, { accepted: 2 }, keys)).toBe(recorded.use.reply);
  });
});

describe('a gateway reads what the admin-service of 75aee3d answers', () => {
  const sealedAs = (purpose: 'head' | 'refill' | 'use'): SealedRequest => {
    const body = without(parsed(recorded[purpose].request), 'mac');
    const sealed = sealRequest(purpose, body, { protocol: 1, keys });
    // What is sent in the first form is what was sent then.
    expect(sealed.text).toBe(recorded[purpose].request);
    return sealed;
  };

  test('a head', () => {
    const sealed = sealedAs('head');
    const nonce = parsed(sealed.text)['nonce'] ?? '';
    const head = openSignedHead(openReply(sealed, recorded.head.reply, keys), { nonce, sealed }, verifier);
    expect(head).toMatchObject({ leaseSeconds: 60, nonce });
  });

  test('a refill', async () => {
    sealedAs('refill');
    const log = recordedLog();
    const requester = askingIn(1, (_purpose, request) => {
      // The nonce is the only thing in a refill that is the request's own.
      const nonce = parsed(request)['nonce'] ?? '';
      return Promise.resolve(recorded.refill.reply.replace(/"nonce":"[^"]+"/, `"nonce":"${nonce}"`));
    });
    const head = await log.head();
    const client = new RefillClient({
      requester,
      verifier,
      keys,
      gatewayId: 'gateway-1',
      incarnation: 'i-1',
      head: () => head,
    });
    const batch = await client.refill({ size: 0, frontier: Frontier.empty() }, { held: [], through: 7 });
    expect(batch?.frontier.root()).toEqual(head.root);
    expect(batch?.records[0]?.erased).toEqual(['username']);
  });

  test('that a use report was taken', () => {
    sealedAs('use');
    const { report } = openUseReport(recorded.use.request, keys);
    expect(() => {
      askToTake(report, keys)(1).accept(recorded.use.reply);
    }).not.toThrow();
    expect(() => {
      askToTake(report, keys)(1).accept('{}');
    }).toThrow('does not accept');
  });
});

const members = fc.dictionary(
  fc.string({ minLength: 1 }).filter((name) => !['mac', 'protocol', '__proto__'].includes(name)),
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null)),
) as fc.Arbitrary<JsonObject>;

describe.each(PROTOCOLS)('a message in form %i', (protocol) => {
  const form = { protocol, keys };

  test('comes out as it went in, with the same hash on both sides, and so does its reply', () => {
    fc.assert(
      fc.property(members, members, (body, answer) => {
        const sealed = sealRequest('head', body, form);
        const opened = openRequest('head', sealed.text, keys);
        expect(opened.body).toEqual(body);
        expect(opened.hash).toBe(sealed.hash);
        expect(openReply(sealed, sealReply(opened, answer, keys), keys)).toEqual(answer);
      }),
    );
  });

  test('passes for no other request, and under no other secret', () => {
    const { text } = sealRequest('head', { nonce: 'n' }, form);
    expect(() => openRequest('refill', text, keys)).toThrow('mac');
    expect(() => openRequest('head', text, otherShared)).toThrow('mac');
    expect(() => openRequest('head', text.replace('"n', '"m').replace('\\"n', '\\"m'), keys)).toThrow('mac');
  });
});

describe('a message in the second form', () => {
  const sealed = sealRequest('use', { gatewayId: 'g', uses: [], retired: [] }, { protocol: 2, keys });
  const reply = sealReply(sealed, { accepted: 0 }, keys);

  test('may carry more beside its body than is known', () => {
    const more = (text: string): string => JSON.stringify({ ...parsed(text), more: { than: 'is known' } });
    expect(openRequest('use', more(sealed.text), keys).body).toMatchObject({ gatewayId: 'g' });
    expect(openReply(sealed, more(reply), keys)).toEqual({ accepted: 0 });
  });

  test('is authentic in its very bytes', () => {
    const respelled = (text: string): string =>
      JSON.stringify({ ...parsed(text), body: ` ${parsed(text)['body'] ?? ''}` });
    expect(() => openRequest('use', respelled(sealed.text), keys)).toThrow('mac');
    expect(() => openReply(sealed, respelled(reply), keys)).toThrow('not authentic');
    // A lone surrogate is written as U+FFFD, so it has the bytes, and the MAC, of another text.
    const odd = sealRequest('use', { gatewayId: '\ufffd' }, { protocol: 2, keys }).text;
    expect(() => openRequest('use', odd.replace('\ufffd', '\\ud800'), keys)).toThrow('mac');
  });

  test('is the reply to its own request alone', () => {
    const other = sealRequest('use', { gatewayId: 'h', uses: [], retired: [] }, { protocol: 2, keys });
    expect(() => openReply(other, reply, keys)).toThrow('not authentic');
    expect(() => openReply(sealed, '{"accepted":0}', keys)).toThrow('no message of the feed');
    expect(() => openReply(sealed, sealReply(sealed, { accepted: 0 }, otherShared), keys)).toThrow('not authentic');
  });

  test('is refused by the admin-service of 75aee3d in words that send the asker back to the first form', () => {
    expect(recorded.refusals.ofTheNewForm).toBe('{"error":{"code":"NOT_AUTHENTICATED"}}');
  });

  test('has a signed head with members that are not known, and it is read', () => {
    const request = sealRequest('head', { nonce: 'n' }, { protocol: 2, keys });
    const head = { checkpoint: 'c', logTime: '2026-01-01T00:00:00.000Z', consistency: [], leaseSeconds: 9, nonce: 'n' };
    const text = JSON.stringify({ ...head, requestHash: request.hash, more: 1.5 });
    const signature = signer.sign(Buffer.from(`keyfold signed head v2\n${text}`)).toString('base64');
    const opened = openSignedHead({ head: text, signature, more: 1 }, { nonce: 'n', sealed: request }, verifier);
    expect(opened).toEqual({ ...head, requestHash: request.hash });
  });
});
