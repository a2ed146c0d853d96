import type { JsonObject } from '@keyfold/domain';
import type { Written } from '../decisions/decision.js';
import { Answer } from './answer.js';

/** The HTTP answer of a write. */
export function writtenAnswer(
  written: Written,
  body: JsonObject | undefined = written.body,
): Answer<JsonObject | undefined> {
  const { status, position, version } = written;
  return new Answer(body, { status, position, version });
}

/** A write that answers 204. */
export function emptyAnswer({ position }: Written): Answer<undefined> {
  return new Answer(undefined, { status: 204, position });
}
