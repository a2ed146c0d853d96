import { rateLimitFields } from '@keyfold/service-kit';
import type { RefusedVerdict } from '../authentication/verdict.js';
import type { ReachedLimit } from '../limits/reached-limit.js';
import { type Answer, problemAnswer, REFUSALS } from './answers.js';

const DETAILS: Readonly<Record<ReachedLimit['name'], string>> = {
  key: 'The key has been used too often.',
  'failures-of-key': 'There were too many failed attempts.',
  'failures-from-network': 'There were too many failed attempts.',
};

/**
 * The same limit, reached and to be waited for alike, is answered alike: a flood of failed attempts costs no more than
 * any other refusal.
 */
const made = new WeakMap<ReachedLimit, Answer>();

/** The answer to whoever is refused: fixed for each reason, but for a limit, which says when it ends. */
export function refusalOf({ reached, reason }: RefusedVerdict): Answer {
  if (reached === undefined) return REFUSALS[reason];
  let answer = made.get(reached);
  if (answer === undefined) {
    answer = problemAnswer(429, 'RATE_LIMITED', DETAILS[reached.name], rateLimitHeaders(reached));
    made.set(reached, answer);
  }
  return answer;
}

/** Name and value in turn. */
function rateLimitHeaders({ name, requests: quota, retrySeconds, seconds }: ReachedLimit): string[] {
  const fields = rateLimitFields(seconds, [{ name, quota, used: quota, resetSeconds: retrySeconds }]);
  return [
    'Retry-After',
    String(retrySeconds),
    'RateLimit',
    fields.ratelimit,
    'RateLimit-Policy',
    fields['ratelimit-policy'],
  ];
}
