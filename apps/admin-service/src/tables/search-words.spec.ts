import { expect, test } from '@jest/globals';
import { searchQuery, searchWords } from './search-words.js';

const found = (text: string, query: string): boolean =>
  (searchQuery(query) ?? 'nothing').split(' & ').every((term) => {
    const [, word, isBeginning] = /^'(.+)'(:\*)?$/.exec(term) ?? [];
    return searchWords(text).some((entry) => (isBeginning ? entry.startsWith(word ?? '') : entry === word));
  });

test('a person is found by the words of each text, whatever their case and form', () => {
  expect(searchWords('an.bo', 'AN Ähm', null, 'x@an')).toEqual(['a*', 'an*', 'b*', 'bo*', 'ä*', 'äh*', 'ähm*', 'x*']);
  expect(searchWords('somebody')).toEqual(['s*', 'so*', 'som*', 'some*', 'someb*', 'somebo*', 'somebody']);
  expect(searchWords('ﬁ', 'A\u0308')).toEqual(['f*', 'fi*', 'ä*']);
  expect(searchWords(null, '', '... @')).toEqual([]);
});

test.each(['h', 'hop', 'HOPPER', 'grace hop', 'hopper gra', 'navymen', 'navymens', 'navymen-grace'])(
  'every beginning of a word finds: %s',
  (query) => {
    expect(found('Grace Hopper, navymens', query)).toBe(true);
  },
);

test.each(['opper', 'hopperx', 'grace x', 'navymensx', 'avymens', '%', '*'])('nothing else does: %s', (query) => {
  expect(found('Grace Hopper, navymens', query)).toBe(false);
});

test('a query can hold no operator', () => {
  expect(searchQuery(`a' | !b:* \\ & (c) <-> something`)).toBe(`'a*' & 'b*' & 'c*' & 'something':*`);
  for (const text of ['%', ' ', '_', `'`, '\\', '*']) expect(searchQuery(text)).toBeNull();
});
