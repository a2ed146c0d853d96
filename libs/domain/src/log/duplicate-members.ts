const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"\s*(:)?|[{}[\]]/g;

/**
 * The first member name that an object of the text has twice. `JSON.parse` silently takes the last one, other parsers
 * the first: two readers of one request would then see two requests.
 *
 * @param text valid JSON
 */
export function duplicateMember(text: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  for (const [token, content, colon] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined && isRepeated(open.at(-1), content ?? '')) return content;
  }
  return undefined;
}

/** Compared as they read, so `"a"` and `"\u0061"` are the same. */
function isRepeated(names: Set<string> | null | undefined, content: string): boolean {
  const name = JSON.parse(`"${content}"`) as string;
  if (!names || names.has(name)) return names !== null && names !== undefined;
  names.add(name);
  return false;
}
