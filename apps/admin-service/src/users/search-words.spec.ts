import { expect, test } from '@jest/globals';
import { searchQuery, searchWords } from './search-words.js';

test('a person is found by the words of name, display name and e-mail, each once, whatever its case and form', () => {
  expect(searchWords('anna.meier', 'Dr. Änna MEIER', null, 'anna@example.org')).toEqual([
    'anna',
    'meier',
    'dr',
    'änna',
    'example',
    'org',
  ]);
  expect(searchWords('ﬁ', 'A\u0308')).toEqual(['fi', 'ä']);
  expect(searchWords(null, '', '... @')).toEqual([]);
});

test('a query is the beginnings of words, and can hold no operator', () => {
  expect(searchQuery('Anna Mei')).toBe(`'anna':* & 'mei':*`);
  expect(searchQuery(`a' | !b:* \\ & (c) <-> a`)).toBe(`'a':* & 'b':* & 'c':*`);
  for (const text of ['%', ' ', '_', `'`, '\\']) expect(searchQuery(text)).toBeNull();
});
