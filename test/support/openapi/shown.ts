/**
 * A value as the document shows it: as it was, but without what would look like a secret to a scanner, and with few of
 * the weeks of a year.
 */
export function shown(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      shown(name === 'weeks' && Array.isArray(member) ? member.slice(-2) : member),
    ]),
  );
}

function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\bkf_([0-9A-Za-z]{22})_[0-9A-Za-z]{60}\b/g, `kf_$1_${'EXAMPLE'.repeat(8)}EXAM`)
    .replaceAll(/\bkfs_[\w-]{20,}/g, 'kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE')
    .replaceAll(/\bwhsec_[\w+/=]+/g, 'whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE')
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'eyJhbGciOiJFZERTQSJ9.EXAMPLE.EXAMPLE');
}

/** Members that depend on the moment: what background tasks have done by now, how large the log is. */
const OF_THE_MOMENT = new Set([
  'attempts',
  'by',
  'confirmedAt',
  'hashes',
  'hint',
  'lagEvents',
  'lastAttemptAt',
  'lastError',
  'lastStatus',
  'lastUsedAt',
  'leaseUntil',
  'nextAttemptAt',
]);

/**
 * What is left of a value once ids, instants, hashes and the like are alike: two answers with the same form say the
 * same.
 */
export function formOf(value: unknown, name = ''): unknown {
  if (OF_THE_MOMENT.has(name)) return '<of the moment>';
  if (name === 'nextCursor' && value !== null) return '<cursor>';
  if (typeof value === 'number') return '<number>';
  if (typeof value === 'string') return formOfText(value);
  if (Array.isArray(value)) return value.map((item) => formOf(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, formOf(inner, member)]));
}

function formOfText(text: string): string {
  return (
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
      .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, '<date>')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replaceAll(/[\w+/-]{20,}={0,2}/g, '<id>')
      .replaceAll(/\+[0-9a-f]{8}\b/g, '+<hash>')
      // In a CSV file, and in a sentence.
      .replaceAll(/(?<=,active,|\bhint )\w{4}(?=,)/g, '<hint>')
      .replaceAll(/keyfold\.local\/[0-9a-f]+/g, '<origin>')
      .replaceAll(/\d+/g, '<number>')
  );
}
