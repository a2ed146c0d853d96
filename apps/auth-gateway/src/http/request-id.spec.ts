import { expect, test } from '@jest/globals';
import { nextRequestId } from './request-id.js';

test('request ids are all different and all of one length and form', () => {
  const ids = Array.from({ length: 10_000 }, nextRequestId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}-[0-9a-f]{8}$/);
});
