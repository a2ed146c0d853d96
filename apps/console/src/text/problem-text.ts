import type { Problem } from '../api/http.js';
import type { Messages } from './en.js';

/** What happened, whether anything was changed, and what to do, in one or two sentences. */
export function sentenceOf(problem: Problem, { problems }: Messages): string {
  if (problem.status === 0) return problems.noAnswer;
  if (problem.status >= 500) return problems.unavailable;
  if (problem.status === 412) return problems.conflict;
  if (problem.code === 'PERMISSION_DENIED') return `${problems.forbidden} ${problem.detail}`;
  return problem.detail;
}
