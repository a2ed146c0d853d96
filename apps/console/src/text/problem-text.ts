import type { FieldProblem, Problem } from '../api/http.js';
import type { Messages } from './en.js';
import type { RuleParam } from './en/field-rules.js';

/** What happened, whether anything was changed, and what to do, in one or two sentences. */
export function sentenceOf(problem: Problem, { problems }: Messages): string {
  const { code, detail, isRead, retryAfterSeconds, status } = problem;
  if (status === 0) return isRead ? problems.noAnswerToRead : problems.noAnswer;
  if (status === 429) return problems.overloaded(retryAfterSeconds ?? 60);
  if (status >= 500) return isRead ? problems.unavailableToRead : problems.unavailable;
  if (status === 412) return problems.conflict;
  if (code === 'PERMISSION_DENIED') return `${problems.forbidden} ${detail}`;
  if (problem.errors.length > 0) return problems.invalid;
  const codes: Readonly<Record<string, string>> = problems.codes;
  return codes[code] ?? detail;
}

/** What is wrong with one field; in the service's own English where this page does not know the rule. */
export function fieldSentence({ code = '', message, params = {} }: FieldProblem, { fieldRules }: Messages): string {
  const known: Readonly<Record<string, (of: RuleParam) => string>> = fieldRules;
  const say = Object.hasOwn(known, code) ? known[code] : undefined;
  return say?.((name) => paramText(params[name])) ?? message;
}

function paramText(value: number | string | readonly string[] | undefined): string {
  return typeof value === 'object' ? value.join(', ') : String(value ?? '?');
}
