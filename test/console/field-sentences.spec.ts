import { describe, expect, test } from '@jest/globals';
import { FIELD_CODES, type FieldCode } from '@keyfold/service-kit';
import type { RefusalCode } from '../../apps/admin-service/src/http/refusals.js';
import { de as german } from '../../apps/console/src/text/de.js';
import { en as english } from '../../apps/console/src/text/en.js';
import type { RuleParam } from '../../apps/console/src/text/en/field-rules.js';
import { fieldSentence } from '../../apps/console/src/text/problem-text.js';

/**
 * Refusals that the console says by what is missing, or alike for all of a status. A wrong password has the code of a
 * failed sign-in.
 */
type SaidOtherwise = 'WRONG_PASSWORD' | 'PERMISSION_DENIED' | 'VERSION_CONFLICT' | 'TOO_MANY_REQUESTS' | 'UNAVAILABLE';

// A code without a sentence does not compile here; German has the type of English.
const rules: Readonly<Record<FieldCode, (of: RuleParam) => string>> = english.fieldRules;
const refusals: Readonly<Record<Exclude<RefusalCode, SaidOtherwise>, string>> = english.problems.codes;

test('every rule of a field has a sentence, and no other', () => {
  expect(Object.keys(rules).sort()).toEqual([...FIELD_CODES].sort());
  expect(Object.keys(refusals)).toEqual(Object.keys(german.problems.codes));
});

describe.each([
  ['English', english],
  ['German', german],
])('in %s', (_, text) => {
  test.each(FIELD_CODES)('%s is said in a whole sentence, with what the rule compares with', (code) => {
    const params = { max: 17, min: 3, values: ['one', 'two'], other: 'something' };
    const sentence = fieldSentence({ path: '/x', code, params }, text);
    expect(sentence).toMatch(/^\p{Lu}.{8,}\.$/u);
    expect(sentence).not.toMatch(/\?|undefined|\[object/);
  });

  test('a rule that this page does not know is said to be broken, in the language of the page', () => {
    for (const code of ['FROM_A_NEWER_SERVICE', 'toString', ''])
      expect(fieldSentence({ path: '/x', code }, text)).toBe(text.fieldRules.INVALID());
  });

  test('what the page itself has found comes first', () => {
    expect(fieldSentence({ path: '/x', said: 'Nobody has this name.' }, text)).toBe('Nobody has this name.');
  });
});
