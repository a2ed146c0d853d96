import type { ExplainSearch } from '../../app/explain-search.js';

/** The body of `POST /v1/audit/explain`. */
export interface ExplainBody {
  readonly keyId: string;
  readonly username?: string;
  readonly position?: number;
  readonly at?: string;
  readonly method?: string;
  readonly ip?: string;
  readonly scopes?: readonly string[];
}

const WHOLE_KEY = /kf_([0-9A-Za-z]{22})_[0-9A-Za-z]*/;

/** Whether a text has an API key with its secret in it. */
export function holdsSecret(text: string): boolean {
  return WHOLE_KEY.test(text);
}

/** The id in whatever was pasted: the id, the stream's name, or a whole key, of which nothing else is taken. */
export function keyIdIn(text: string): string {
  return (WHOLE_KEY.exec(text)?.[1] ?? text).trim().replace(/^api-key\//, '');
}

/** @param search as the address has it; what is malformed is left to the service, which says so */
export function bodyOf({ at, ip, key = '', method, position, scopes, user }: ExplainSearch): ExplainBody {
  const demanded = (scopes ?? '').split(/[\s,]+/).filter(Boolean);
  return {
    keyId: keyIdIn(key),
    ...(user === undefined ? {} : { username: user }),
    ...(position === undefined ? {} : { position: Number(position) }),
    ...(at === undefined ? {} : { at }),
    ...(method === undefined ? {} : { method }),
    ...(ip === undefined ? {} : { ip }),
    ...(demanded.length === 0 ? {} : { scopes: demanded }),
  };
}
