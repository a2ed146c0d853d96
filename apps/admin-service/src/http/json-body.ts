import type { FastifyInstance } from 'fastify';
import { duplicateMember } from '@keyfold/domain';
import { type FieldProblem, fieldProblem, invalidRequest, pointerToken, ProblemError } from '@keyfold/service-kit';

/** Larger than any body that could become a record (65,535 bytes). */
export const BODY_LIMIT_BYTES = 131_072;

const MAX_DEPTH = 32;

/**
 * Takes JSON bodies and nothing else (415 by Fastify). Stricter than its own parser: bytes that are not UTF-8, a member
 * given twice, `__proto__`, U+0000 and lone surrogates are refused instead of being mended, since what is mended here
 * would differ from what the client signed or stored.
 */
export function installJsonBody(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      // A missing sign-in is reported first (401 before 400), but it is checked after parsing. Until then the refusal
      // stands in for the body.
      if (error instanceof ProblemError) done(null, new UnreadableBody(error));
      else done(error as Error);
    }
  });
}

/** Stands in for an invalid body until the caller is known. */
export class UnreadableBody {
  constructor(readonly problem: ProblemError) {}
}

/** @throws ProblemError 400 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  const text = decode(bytes);
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable([fieldProblem('', 'NOT_OBJECT')]);
  if (duplicateMember(text) !== undefined) throw unreadable([fieldProblem('', 'REPEATED_MEMBER')]);
  const problems: FieldProblem[] = [];
  inspect(value, '', problems);
  if (problems.length > 0) throw unreadable(problems.slice(0, 50));
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable([fieldProblem('', 'NOT_UTF8')]);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own text repeats a piece of the body, which may be a password.
    throw unreadable([fieldProblem('', 'NOT_JSON')]);
  }
}

function inspect(value: unknown, path: string, problems: FieldProblem[]): void {
  if (path.split('/').length > MAX_DEPTH) {
    problems.push(fieldProblem(path, 'TOO_DEEP'));
  } else if (typeof value === 'string') {
    if (!isCleanText(value)) problems.push(fieldProblem(path, 'UNCLEAN_TEXT'));
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      inspect(item, `${path}/${index}`, problems);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) inspectMember(name, member, path, problems);
  }
}

function inspectMember(name: string, member: unknown, path: string, problems: FieldProblem[]): void {
  if (!isCleanText(name) || name === '__proto__') problems.push(fieldProblem(path, 'MEMBER_NAME'));
  else inspect(member, `${path}/${pointerToken(name)}`, problems);
}

/** Well-formed Unicode without U+0000, which Postgres cannot store. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function unreadable(errors: FieldProblem[]): ProblemError {
  return invalidRequest('Invalid request body.', errors);
}
