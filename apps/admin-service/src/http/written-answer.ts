import type { JsonObject } from '@keyfold/domain';
import type { Written } from '../write/decision.js';
import { Answer } from './answer.js';

/** The HTTP answer of a write. */
export function writtenAnswer(
  written: Written,
  body: JsonObject | undefined = written.body,
): Answer<JsonObject | undefined> {
  const { confirms, status, position, version } = written;
  return new Answer(body, { status, position, confirms, version });
}

/**
 * The answer of a write that makes a resource, also of its replay: `Location` leads to it (RFC 9110, 15.3.2).
 *
 * @param collection path that the resource is found under by its id
 */
export function createdAnswer(
  written: Written,
  collection: string,
  body: JsonObject = written.body,
): Answer<JsonObject | undefined> {
  const { confirms, status, position, version } = written;
  const { id } = body;
  if (typeof id !== 'string') throw new Error(`what was made under ${collection} has no id`);
  return new Answer(body, { status, position, confirms, version, headers: { location: `${collection}/${id}` } });
}

/** A write that answers 204. */
export function emptyAnswer({ confirms, position }: Written): Answer<undefined> {
  return new Answer(undefined, { status: 204, position, confirms });
}
