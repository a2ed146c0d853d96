import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PERMISSIONS } from '@keyfold/domain';
import { type Stack, startStack } from '@keyfold/testing/stack';
import { Problem } from '../../apps/console/src/api/http.js';
import { de } from '../../apps/console/src/text/de.js';
import { en } from '../../apps/console/src/text/en.js';
import { permissionText, sentenceOf } from '../../apps/console/src/text/problem-text.js';

/* Whatever the service refuses with, the console says it in the person's language, and none of the service's words. */

let stack: Stack;
let documented: ReadonlyMap<string, number>;

beforeAll(async () => {
  stack = await startStack();
  documented = codesOf(await (await fetch(`${stack.adminUrl}/openapi.json`)).json());
});
afterAll(() => stack.remove());

interface ApiDocument {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses?: Responses }>>>>;
}
type Responses = Readonly<
  Record<string, { readonly content?: Readonly<Record<string, { readonly examples?: Examples }>> }>
>;
type Examples = Readonly<Record<string, { readonly value?: { readonly code?: string; readonly status?: number } }>>;

/** Those of the operations, and those with which any request can be refused, with their status. */
function codesOf(body: unknown): ReadonlyMap<string, number> {
  const { info, paths } = body as ApiDocument;
  const ofOperations = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .flatMap(({ responses = {} }) => Object.values(responses))
    .flatMap(({ content = {} }) => Object.values(content['application/problem+json']?.examples ?? {}))
    .map(({ value }) => [value?.code ?? '', value?.status ?? 0] as const);
  const ofAny = [...info.description.matchAll(/`([A-Z_]+)` \((\d{3})/g)].map(
    ([, code = '', status]) => [code, Number(status)] as const,
  );
  return new Map([...ofOperations, ...ofAny]);
}

test('the document names the codes of operations, and those of any request', () => {
  expect([...documented.keys()]).toEqual(
    expect.arrayContaining(['PERMISSION_DENIED', 'FORK_DIFFERS', 'LOG_FORKED', 'URI_TOO_LONG', 'INTERNAL_ERROR']),
  );
  expect(documented.size).toBeGreaterThan(40);
});

describe.each([
  ['English', en, de],
  ['German', de, en],
])('in %s', (_, text, other) => {
  test('every code that the API documents is said in whole sentences, which no other language has', () => {
    for (const [code, status] of documented)
      for (const isRead of [true, false]) {
        const problem = new Problem(status, code, { isRead, permissions: [] });
        const sentence = sentenceOf(problem, text);
        expect([code, sentence]).toEqual([code, expect.stringMatching(/^\p{Lu}.{15,}\.$/u)]);
        expect([code, sentence]).not.toEqual([code, sentenceOf(problem, other)]);
        // A sentence of its own, and not the one for what this page does not know.
        expect([code, sentence]).not.toEqual([code, text.problems.refused(code)]);
      }
  });

  test('a code of a newer service is named', () => {
    for (const code of ['FROM_A_NEWER_SERVICE', 'toString'])
      expect(sentenceOf(new Problem(409, code), text)).toBe(text.problems.refused(code));
  });

  test('a missing permission is said by its name', () => {
    for (const permission of PERMISSIONS) {
      const sentence = sentenceOf(new Problem(403, 'PERMISSION_DENIED', { permissions: [permission] }), text);
      expect(sentence).toContain(permissionText(permission, text));
      expect(permissionText(permission, text)).not.toBe(permissionText(permission, other));
      expect(permissionText(permission, text)).not.toBe(permission);
    }
    const problem = new Problem(403, 'PERMISSION_DENIED', { permissions: ['users.read', 'from.a-newer-service'] });
    expect(sentenceOf(problem, text)).toMatch(/\(users\.read\), from\.a-newer-service\.$/);
  });
});
