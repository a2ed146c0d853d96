// Literals for SQL text. They rely on standard_conforming_strings, which the appender's connection sets: then a quote
// is the only character with a meaning inside quotes, and pg.escapeLiteral's walk over each character is not needed for
// megabytes: it takes 100 times as long (bench part `hand-written`).

/** A text literal. NUL, which no literal can hold, ends in an error of this statement alone. */
export function textLiteral(text: string): string {
  if (text.includes('\0')) throw new Error('a text for Postgres cannot hold NUL');
  return `'${text.replaceAll("'", "''")}'`;
}

/** A `bytea` literal. */
export function bytesLiteral(bytes: Uint8Array): string {
  return `'\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'`;
}

/** An array literal of integers. */
export function numberArray(values: readonly number[]): string {
  return `'{${values.join(',')}}'`;
}

/** An array literal of texts. */
export function textArray(values: readonly string[]): string {
  return textLiteral(`{${values.map(arrayElement).join(',')}}`);
}

function arrayElement(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * A value of a statement as a literal without a type, so that Postgres reads it as the parameter's type.
 *
 * @throws TypeError for what has no such form
 */
export function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return textLiteral(`{${value.map(elementOf).join(',')}}`);
  if (value instanceof Uint8Array) return bytesLiteral(value);
  return textLiteral(plainText(value));
}

function elementOf(value: unknown): string {
  return value === null || value === undefined ? 'null' : arrayElement(plainText(value));
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  throw new TypeError(`a value of type ${typeof value} is no value of a statement`);
}
