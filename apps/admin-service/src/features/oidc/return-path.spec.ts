import { expect, test } from '@jest/globals';
import { continuePage, ReturnPath } from './return-path.js';

test.each(['/', '/docs', '/docs?a=1&b=2#c', '/a//b', '/%2f%2fevil.example', "/a'b"])(
  '"%s" is a path of this service',
  (path) => {
    expect(ReturnPath.safeParse(path).success).toBe(true);
  },
);

test.each([
  '',
  'docs',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\\/evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/a\\b',
  '/a b',
  '/ä',
  `/${'a'.repeat(2_000)}`,
])('%j could lead elsewhere and is refused', (path) => {
  expect(ReturnPath.safeParse(path).success).toBe(false);
});

test('no path breaks out of the page', () => {
  const html = continuePage(`/"><script>'&`);
  expect(html).toContain(`content="0;url='/&quot;><script>&#39;&amp;'"`.replaceAll('<', '&lt;'));
  expect(html).not.toContain('<script');
});
