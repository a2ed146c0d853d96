import { expect, test } from '@jest/globals';
import { StreamVersions } from './stream-versions.js';

test('remembers every stream across as many maps as it takes', () => {
  const versions = new StreamVersions(3);
  for (let round = 1; round <= 3; round += 1) {
    for (let stream = 0; stream < 10; stream += 1) {
      expect(versions.next(`s/${stream}`)).toBe(round);
      versions.set(`s/${stream}`, round);
    }
  }
  expect(versions.next('s/new')).toBe(1);
});
