import type { FastifyInstance } from 'fastify';
import { duplicateMember } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Takes JSON and nothing else (415 by Fastify), and only such as every parser reads alike. */
export function installVerifyBody(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const value = plainJson(body as Buffer);
    if (value === undefined) done(new ProblemError(400, 'INVALID_REQUEST', 'The body is not valid JSON.'));
    else done(null, value);
  });
}

/**
 * @returns undefined for what is no UTF-8, no JSON, or has a member twice: some readers take the first of two, others
 * the last
 */
export function plainJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return duplicateMember(text) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}
