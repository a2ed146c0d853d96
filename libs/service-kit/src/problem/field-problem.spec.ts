import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { FIELD_CODES, fieldProblem, fieldProblemsOf, fieldRule } from './field-problem.js';

const schema = z.strictObject({
  name: z.string().min(2).max(4).optional(),
  days: z.int().min(1).max(180).optional(),
  tags: z.array(z.string()).min(1).max(2).optional(),
  mode: z.enum(['on', 'off']).optional(),
  limit: z.string().regex(/^\d+$/).optional(),
  nested: z.strictObject({ 'a/b': z.boolean() }).optional(),
  text: z
    .string()
    .refine((value) => value === 'good', fieldRule('TEXT', { max: 9 }))
    .optional(),
  mail: z
    .string()
    .transform((value, context) => {
      context.addIssue({ code: 'custom', ...fieldRule('EMAIL') });
      return value;
    })
    .optional(),
  own: z
    .string()
    .refine(() => false)
    .optional(),
});

function problemsOf(input: unknown): unknown[] {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('the schema takes it');
  return fieldProblemsOf(parsed.error.issues, input).map(({ path, code, params }) => [path, code, params]);
}

describe('what a schema finds wrong becomes a rule with what it compares with', () => {
  test.each([
    [{ name: 'a' }, '/name', 'TOO_SHORT', { min: 2 }],
    [{ name: 'abcde' }, '/name', 'TOO_LONG', { max: 4 }],
    [{ name: 7 }, '/name', 'WRONG_TYPE', { expected: 'string' }],
    [{ days: 0 }, '/days', 'TOO_SMALL', { min: 1 }],
    [{ days: 181 }, '/days', 'TOO_LARGE', { max: 180 }],
    [{ days: 1.5 }, '/days', 'NOT_WHOLE', undefined],
    [{ days: '1' }, '/days', 'WRONG_TYPE', { expected: 'number' }],
    [{ tags: [] }, '/tags', 'TOO_FEW', { min: 1 }],
    [{ tags: ['a', 'b', 'c'] }, '/tags', 'TOO_MANY', { max: 2 }],
    [{ tags: ['a', 1] }, '/tags/1', 'WRONG_TYPE', { expected: 'string' }],
    [{ mode: 'maybe' }, '/mode', 'NOT_LISTED', { values: ['on', 'off'] }],
    [{ limit: 'x' }, '/limit', 'WRONG_FORM', undefined],
    [{ nested: {} }, '/nested/a~1b', 'MISSING', undefined],
    [{ nested: { 'a/b': null } }, '/nested/a~1b', 'WRONG_TYPE', { expected: 'boolean' }],
    [{ nested: { 'a/b': true, 'c~d': 1 } }, '/nested/c~0d', 'UNKNOWN', undefined],
    [{ text: 'bad' }, '/text', 'TEXT', { max: 9 }],
    [{ mail: 'x' }, '/mail', 'EMAIL', undefined],
    [{ own: 'x' }, '/own', 'INVALID', undefined],
    ['no object', '', 'WRONG_TYPE', { expected: 'object' }],
    [undefined, '', 'MISSING', undefined],
  ])('%j', (input, path, code, params) => {
    expect(problemsOf(input)).toEqual([[path, code, params]]);
  });

  test('each unknown member is one of its own', () => {
    expect(problemsOf({ constructor: 1, b: 2 })).toEqual([
      ['/constructor', 'UNKNOWN', undefined],
      ['/b', 'UNKNOWN', undefined],
    ]);
  });
});

test('a rule says the same by itself and in a schema', () => {
  expect(fieldProblem('/days', 'PAST_HEAD', { max: 12 })).toEqual({
    path: '/days',
    message: 'is more than the 12 records of the log',
    code: 'PAST_HEAD',
    params: { max: 12 },
  });
  const parsed = z
    .string()
    .refine(() => false, fieldRule('PAST_HEAD', { max: 12 }))
    .safeParse('x');
  expect(fieldProblemsOf(parsed.error?.issues ?? [], 'x')).toEqual([{ ...fieldProblem('', 'PAST_HEAD', { max: 12 }) }]);
});

test('each code is there once, and upper case', () => {
  expect(new Set(FIELD_CODES).size).toBe(FIELD_CODES.length);
  expect(FIELD_CODES.filter((code) => !/^[A-Z][A-Z0-9_]+$/.test(code))).toEqual([]);
});
