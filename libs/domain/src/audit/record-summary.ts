import type { JsonValue, LogRecord } from '../log/index.js';

const MAX_CHARACTERS = 160;
const HALF = /[\uD800-\uDBFF]$/;

/** A record in a few words, without anything that is sealed: its stream, and what `data` says. */
export function summaryOf({ data, stream }: Pick<LogRecord, 'data' | 'stream'>): string {
  const { before, after, ...rest } = data;
  const changes = isObject(before) && isObject(after) ? changesOf(before, after) : [];
  const members = Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${shown(value)}`);
  const text = [stream, ...changes, ...members].join(', ');
  // A cut may part a character of two units.
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - 1).replace(HALF, '')}…`;
}

type Members = { readonly [name: string]: JsonValue };

function isObject(value: JsonValue | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changesOf(before: Members, after: Members): string[] {
  return Object.keys(after).map((name) => `${name} ${shown(before[name] ?? null)} -> ${shown(after[name] ?? null)}`);
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
