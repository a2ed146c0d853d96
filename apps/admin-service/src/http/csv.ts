/** Media ranges of an `Accept` header with their weights (RFC 9110, 12.5.1); the order does not matter. */
function weightOf(accept: string, type: string): number {
  const [main = ''] = type.split('/');
  let best = { weight: 0, precision: 0 };
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const precision = name === type ? 3 : name === `${main}/*` ? 2 : name === '*/*' ? 1 : 0;
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2)) || 0;
    if (precision > best.precision) best = { weight, precision };
  }
  return best.weight;
}

/** Whether the client would rather have CSV than JSON. Where it does not care it gets JSON. */
export function prefersCsv(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  return weightOf(accept, 'text/csv') > weightOf(accept, 'application/json');
}

/** A line of RFC 4180. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * Null is an empty cell. A text that a spreadsheet would take for a formula gets an apostrophe in front, which
 * spreadsheets read as "text" (OWASP, "CSV Injection"); such a name would otherwise run on the machine of whoever opens
 * the file.
 */
function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
