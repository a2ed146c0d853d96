import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { contentCodingFor, encodedBody } from './export-encoding.js';

describe('the coding of an export', () => {
  test.each([
    [undefined, null],
    ['', null],
    ['gzip', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['zstd;q=0.5, gzip;q=0.8', 'gzip'],
    ['zstd;q=0, gzip', 'gzip'],
    ['gzip;q=0', null],
    ['identity, gzip;q=0.5', null],
    ['br', null],
    ['*', 'zstd'],
    ['no such thing; q=x', null],
  ] as const)('for Accept-Encoding %j is %j', (header, coding) => {
    expect(contentCodingFor(header)).toBe(coding);
  });
});

describe('an encoded body', () => {
  const pieces = Array.from({ length: 300 }, (_, nth) => Buffer.from(`${nth} `.repeat(300)));

  test.each([
    ['zstd', zstdDecompressSync],
    ['gzip', gunzipSync],
    [null, (bytes: Buffer) => bytes],
  ] as const)('is the same bytes in %s', async (coding, decode) => {
    const encoded = await buffer(encodedBody(Readable.from(pieces, { objectMode: false }), coding));
    expect(decode(encoded).equals(Buffer.concat(pieces))).toBe(true);
  });

  test.each(['zstd', 'gzip'] as const)('in %s fails where the body fails, instead of ending', async (coding) => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from('a beginning'));
      throw new Error('the log has no record');
    }
    const encoded = encodedBody(Readable.from(failing(), { objectMode: false }), coding);
    await expect(buffer(encoded)).rejects.toThrow('the log has no record');
  });

  test.each(['zstd', 'gzip'] as const)(
    'in %s is read no faster than its reader, and let go with it',
    async (coding) => {
      let read = 0;
      let isEnded = false;
      async function* endless(): AsyncGenerator<Buffer> {
        try {
          for (; ; read += 1)
            yield await Promise.resolve(Buffer.from(Array.from({ length: 9_999 }, Math.random).join()));
        } finally {
          isEnded = true;
        }
      }
      const body = Readable.from(endless(), { objectMode: false });
      const encoded = encodedBody(body, coding);
      await once(encoded, 'readable');
      encoded.read();
      await new Promise((resolve) => setImmediate(resolve));
      expect(read).toBeLessThan(100);
      // By an error of its own, which `once` of node:events would throw.
      const ended = new Promise((resolve) => body.once('close', resolve));
      encoded.destroy();
      await ended;
      expect(isEnded).toBe(true);
      expect(read).toBeLessThan(100);
    },
  );
});
