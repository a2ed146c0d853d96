import { expect, test } from '@jest/globals';
import { encodeExportTrailer, parseExportTrailer } from './export-trailer.js';

const subtrees = { level: 3, hashes: Buffer.alloc(64, 7) };

test('the checkpoint is the first member, so that a reader may look for nothing else', () => {
  expect(encodeExportTrailer({ checkpoint: 'a\nb', subtrees: null })).toBe('{"checkpoint":"a\\nb"}');
  expect(encodeExportTrailer({ checkpoint: 'a', subtrees })).toMatch(/^\{"checkpoint":"a","subtrees":\{"level":3,/);
});

test('what was written is read back', () => {
  for (const trailer of [
    { checkpoint: 'note', subtrees: null },
    { checkpoint: 'note', subtrees },
  ]) {
    expect(parseExportTrailer(encodeExportTrailer(trailer))).toEqual(trailer);
  }
});

test('members of later versions are ignored', () => {
  expect(parseExportTrailer('{"cosignatures":["x"],"checkpoint":"n"}')).toEqual({ checkpoint: 'n', subtrees: null });
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"checkpoint":1}',
  '{"checkpoint":"n"',
  '{"checkpoint":"n"}\r',
  ' {"checkpoint":"n"}',
  '{"checkpoint":"n","position":1}',
])('%j is no trailer', (line) => {
  expect(parseExportTrailer(line)).toBeNull();
});

test.each([
  null,
  1,
  {},
  { level: 0 },
  { level: -1, hashes: '' },
  { level: 0.5, hashes: '' },
  { level: 0, hashes: 'AAAA' },
])('unusable subtrees %j count as absent', (value) => {
  expect(parseExportTrailer(JSON.stringify({ checkpoint: 'n', subtrees: value }))).toEqual({
    checkpoint: 'n',
    subtrees: null,
  });
});
