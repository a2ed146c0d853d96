import type { IncomingHttpHeaders } from 'node:http';
import { connectionOptionsOf, isHopByHopField, isIdentityField } from './header-filter.js';

/** Set anew on every answer. */
const OURS = new Set(['cache-control', 'x-request-id']);
/** Passed without folding the name, since nearly every answer has them. */
const USUAL = new Set(['content-type', 'date', 'etag', 'last-modified', 'location', 'server', 'set-cookie', 'vary']);

/**
 * The fields that the client gets of the upstream's answer, name and value in turn. What is said of identity is
 * Keyfold's to say, also in answers, or a proxy in front could take the upstream's word for ours. An answer that a
 * cache kept would outlive the key that it was made for, so none may.
 *
 * @param headers by lower-case name, as the upstream sent them; the length has been checked against the framing
 */
export function clientFields(headers: Readonly<IncomingHttpHeaders>, requestId: string): string[] {
  const fields: string[] = [];
  const listed = connectionOptionsOf(headers.connection?.toString());
  for (const name of Object.keys(headers)) {
    if (!mayPass(name, listed)) continue;
    const value: string | readonly string[] | undefined = headers[name];
    if (typeof value === 'string') fields.push(name, value);
    else for (const item of value ?? []) fields.push(name, item);
  }
  fields.push('Cache-Control', 'no-store', 'X-Request-Id', requestId);
  return fields;
}

function mayPass(name: string, listed: ReadonlySet<string>): boolean {
  if (listed.has(name)) return name === 'content-length';
  if (USUAL.has(name) || name === 'content-length') return true;
  return !isHopByHopField(name) && !OURS.has(name) && !isIdentityField(name);
}
