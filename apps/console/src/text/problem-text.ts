import type { FieldProblem, Problem } from '../api/http.js';
import type { Messages } from './en.js';
import type { RuleParam } from './en/field-rules.js';

/** What happened, whether anything was changed, and what to do, in one or two sentences. */
export function sentenceOf(problem: Problem, messages: Messages): string {
  const { code, errors, retryAfterSeconds, status } = problem;
  const { problems } = messages;
  const codes: Readonly<Record<string, string>> = problems.codes;
  if (status === 429) return problems.overloaded(retryAfterSeconds ?? 60);
  if (status === 412) return problems.conflict;
  if (status === 0 || status >= 500)
    return (Object.hasOwn(codes, code) ? codes[code] : undefined) ?? outage(problem, messages);
  if (code === 'PERMISSION_DENIED') return forbidden(problem, messages);
  if (errors.length > 0) return problems.invalid;
  return (Object.hasOwn(codes, code) ? codes[code] : undefined) ?? problems.refused(code);
}

/** There is no answer, or none that says anything. */
function outage({ code, isRead, status }: Problem, { problems }: Messages): string {
  if (status === 0) return isRead ? problems.noAnswerToRead : problems.noAnswer;
  if (code === 'INTERNAL_ERROR') return isRead ? problems.failedToRead : problems.failed;
  return isRead ? problems.unavailableToRead : problems.unavailable;
}

function forbidden({ permissions }: Problem, messages: Messages): string {
  const { problems } = messages;
  if (permissions.length === 0) return problems.forbidden;
  const named = permissions.map((permission) => permissionText(permission, messages)).join(', ');
  return `${problems.forbidden} ${problems.lacking(named, permissions.length)}`;
}

/** A permission by its name in the reader's language, and by the code that the API has for it. */
export function permissionText(permission: string, { permissionNamed, permissions }: Messages): string {
  const names: Readonly<Record<string, string>> = permissions;
  return Object.hasOwn(names, permission) ? permissionNamed(names[permission] ?? '', permission) : permission;
}

/** What is wrong with one field. Of a rule that this page does not know, only that it is broken. */
export function fieldSentence({ code = '', params = {}, said }: FieldProblem, { fieldRules }: Messages): string {
  const known: Readonly<Record<string, (of: RuleParam) => string>> = fieldRules;
  const say = Object.hasOwn(known, code) ? known[code] : undefined;
  return said ?? say?.((name) => paramText(params[name])) ?? fieldRules.INVALID();
}

function paramText(value: number | string | readonly string[] | undefined): string {
  return typeof value === 'object' ? value.join(', ') : String(value ?? '?');
}
