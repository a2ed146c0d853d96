import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cleanText, isVisibleText } from './index.js';

test.each([
  'Zapier',
  "Joan's key (2026) – ☃ #1",
  'Ключ для отчётов',
  '鍵の名前',
  'مفتاح التقارير',
  'مفتاح Zapier',
  'می‌خواهم', // ZWNJ between letters
  'ക്‍ഷ', // ZWJ between letters
  '👩‍💻 laptop',
  '❤️‍🔥',
  '👍🏽',
  '1️⃣',
  '葛󠄀城', // ideographic variation
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'no-break space',
  'e\u0301', // a combining accent
  '.',
])('%j is visible text', (text) => {
  expect(isVisibleText(text)).toBe(true);
  expect(cleanText(text, 100)).toBe(text.replace(/\s/gu, ' '));
});

test.each([
  ['', null],
  ['   ', null],
  ['\u200b', null], // zero-width space
  ['\u2060\ufeff', null],
  ['\u3164', null], // Hangul filler
  ['\u115f\u1160', null],
  ['\u2800', null], // blank Braille pattern
  ['\u00ad', null], // soft hyphen
  ['\u0301', null], // an accent without a letter
  ['\u200d', null],
  ['a\u200bb', 'ab'],
  ['invoice\u202egpj.exe', 'invoicegpj.exe'], // right-to-left override
  ['\u2066abc\u2069', 'abc'],
  ['\u061cabc', 'abc'],
  ['\u200eabc\u200f', 'abc'],
  ['line\nbreak', 'line break'],
  ['a\u2028b', 'a b'],
  ['tab\tbed', 'tab bed'],
  ['bell\u0007', 'bell'],
  ['\u0085x', 'x'],
  ['a\u200d', 'a'], // a joiner that joins nothing
  ['a\u200d b', 'a b'],
  ['a\u200d\u3164', 'a'],
  ['\ufe0fx', 'x'],
  ['x\ufe0f\ufe0e\u{e0100}\u{e0101}', 'x\ufe0f'], // bytes in variation selectors
  ['\u{e0041}x', 'x'], // tags
  ['\u{1f3f4}\u{e0067}', '\u{1f3f4}'],
  ['a\ufff9b\ufffac\ufffb', 'abc'],
  ['\ufe0f\u200d🔥', '🔥'],
])('%j hides something or shows nothing, and is cleaned to %j', (text, cleaned) => {
  expect(isVisibleText(text)).toBe(false);
  expect(cleanText(text, 100)).toBe(cleaned);
});

test('what is too long is cut to whole characters, and nothing is left of a sequence that was parted', () => {
  expect(cleanText('👩‍💻👩‍💻', 4)).toBe('👩‍💻👩');
  expect(cleanText('👩‍💻👩‍💻', 5)).toBe('👩‍💻👩');
  expect(cleanText('\ud800 lone', 100)).toBe('\ufffd lone');
});

test('cleaned text is visible, trimmed, short enough and stays as it is', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom(
      '\u200d',
      '\u200c',
      '\ufe0f',
      '\u202e',
      '👩',
      '🏴',
      '\u{e0067}\u{e0062}\u{e0065}\u{e007f}',
      'ا',
      'ക്',
      '\u3164',
      ' ',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 20 }), (pieces, max) => {
      const cleaned = cleanText(pieces.join(''), max);
      if (cleaned === null) return;
      expect([isVisibleText(cleaned), cleaned.trim()]).toEqual([true, cleaned]);
      expect(Array.from(cleaned).length).toBeLessThanOrEqual(max);
      expect(cleanText(cleaned, max)).toBe(cleaned);
    }),
    { numRuns: 2_000 },
  );
});
