import { expect, test } from '@jest/globals';
import { areaUnderCurve } from './auc.js';

test('two groups that are alike cannot be told apart, two that do not overlap always', () => {
  expect(areaUnderCurve([1, 2, 3, 4], [1, 2, 3, 4])).toBe(0.5);
  expect(areaUnderCurve([5, 6], [1, 2, 3])).toBe(1);
  expect(areaUnderCurve([1, 2], [5])).toBe(0);
  expect(areaUnderCurve([7, 7, 7], [7])).toBe(0.5);
});

test('it is the share of the pairs in which the first is longer', () => {
  // 3 > 1, 3 > 2, 1 = 1 counts half.
  expect(areaUnderCurve([3, 1], [1, 2])).toBe(2.5 / 4);
  expect(() => areaUnderCurve([], [1])).toThrow(RangeError);
});
