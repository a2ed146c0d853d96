import { expect, test } from '@jest/globals';
import { csvLine, prefersCsv } from './csv.js';

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/csv', true],
  ['text/csv, application/json', false],
  ['text/csv, application/json;q=0.9', true],
  ['text/csv;q=0.5, */*;q=0.1', true],
  ['text/*;q=0.8, */*;q=0.9', false],
  ['TEXT/CSV; q=1', true],
  ['text/csv;q=0', false],
  ['text/html,application/xhtml+xml,*/*;q=0.8', false],
])('Accept: %s prefers CSV: %s', (accept, expected) => {
  expect(prefersCsv(accept)).toBe(expected);
});

test('cells are quoted where they must be', () => {
  expect(csvLine(['a', null, true, 5, 'b,c', 'd"e', 'f\ng', ''])).toBe('a,,true,5,"b,c","d""e","f\ng",\r\n');
});

test('no cell is a formula to a spreadsheet', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r'])
    expect(csvLine([`${start}1+1`])).toMatch(start === '\r' ? /^"'\r1\+1"\r\n$/ : /^'/);
  expect(csvLine([-5, 'a=b'])).toBe('-5,a=b\r\n');
});
