import { pipeline, type Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';

/** In the order of our preference. */
const CODINGS = ['zstd', 'gzip', 'identity'];

/** How a body is compressed on its way (RFC 9110, 8.4.1); null: not at all. */
export type ContentCoding = 'zstd' | 'gzip' | null;

/**
 * The coding for a client, by its `Accept-Encoding`. Without that header, or if it accepts none of ours, the body goes
 * as it is.
 */
export function contentCodingFor(acceptEncoding: string | undefined): ContentCoding {
  const coding = negotiate(acceptEncoding ?? '', CODINGS);
  return coding === 'zstd' || coding === 'gzip' ? coding : null;
}

/**
 * The stream in that coding. Reads it only as fast as the result is read, and destroys it when the result is destroyed;
 * its failure fails the result, which is then not ended.
 */
export function encodedBody(body: Readable, coding: ContentCoding): Readable {
  if (coding === null) return body;
  const compressor = coding === 'zstd' ? createZstdCompress() : createGzip();
  // An error of either stream destroys the compressor with it, and the reader of the compressor handles it.
  pipeline(body, compressor, () => undefined);
  return compressor;
}
