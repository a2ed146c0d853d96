import { expect, test } from '@jest/globals';
import { RecentMap } from './recent-map.js';

test('what was put in lately is there, and never more than twice as much as there may be', () => {
  const map = new RecentMap<number, string>(10);
  for (let nth = 0; nth < 100; nth++) {
    map.set(nth, `value ${nth}`);
    for (let late = Math.max(0, nth - 9); late <= nth; late++) expect(map.get(late)).toBe(`value ${late}`);
    const held = Array.from({ length: nth + 1 }, (_, at) => map.get(at)).filter((value) => value !== undefined);
    expect(held.length).toBeLessThanOrEqual(20);
  }
});

test('what is set again is the new value, whenever the old one came', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.forgetOld();
  map.set('a', 2);
  expect(map.get('a')).toBe(2);
  map.forgetOld();
  expect(map.get('a')).toBe(2);
  map.forgetOld();
  expect(map.get('a')).toBeUndefined();
});
