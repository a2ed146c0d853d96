import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { shipped } from '../installed-proxies.js';

/** A shipped YAML file; its placeholders stand for themselves. */
export function shippedYaml(path: string): unknown {
  return parse(readFileSync(shipped(path), 'utf8')) as unknown;
}

/** The value at a path of names and numbers; an error if there is none. */
export function at(tree: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((found, step) => {
    const next = Object(found) as Readonly<Record<string | number, unknown>>;
    if (next[step] === undefined) throw new Error(`nothing at ${path.join('.')}`);
    return next[step];
  }, tree);
}

export function textAt(tree: unknown, ...path: readonly (string | number)[]): string {
  return String(at(tree, ...path));
}

export function listAt(tree: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const list = at(tree, ...path);
  if (!Array.isArray(list)) throw new Error(`no list at ${path.join('.')}`);
  return list;
}

export function textsAt(tree: unknown, ...path: readonly (string | number)[]): string[] {
  return listAt(tree, ...path).map(String);
}
