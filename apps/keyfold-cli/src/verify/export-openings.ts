import type { LogRecord, Opening } from '@keyfold/domain';
import { opensCommitment } from '@keyfold/domain';

const START = Buffer.from('{"openings":');

/**
 * A line of openings as an export has it behind its record; checked against that record's commitments before it is
 * used.
 */
export interface ExportOpenings {
  readonly fields: Readonly<Record<string, Opening>>;
  /** What is wrong with these openings of this record; null if nothing. Never a value. */
  problemWith(record: LogRecord | null): string | null;
}

/** Reads a line as openings; null if it is another kind of line. */
export function openingsIn(line: Uint8Array): ExportOpenings | null {
  if (!START.equals(line.subarray(0, START.length))) return null;
  const { fields, position } = parse(line);
  return {
    fields,
    problemWith: (record) => {
      if (position === null || record === null) return 'openings that cannot be read, or of no record';
      if (record.position !== position) return `openings of position ${position} stand here`;
      const wrong = Object.keys(fields).find((field) => !opens(record, field, fields[field]));
      return wrong === undefined ? null : `the opening of ${wrong} is not the one that was sealed`;
    },
  };
}

function opens(record: LogRecord, field: string, opening: Opening | undefined): boolean {
  const commitment = record.sealed[field];
  return commitment !== undefined && opening !== undefined && opensCommitment(opening, commitment);
}

function parse(line: Uint8Array): {
  readonly fields: Readonly<Record<string, Opening>>;
  readonly position: number | null;
} {
  try {
    const value: unknown = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'));
    if (isObject(value) && isObject(value['openings']) && typeof value['position'] === 'number') {
      // Each is checked by opensCommitment, which takes whatever is malformed as no opening.
      return { fields: value['openings'] as Readonly<Record<string, Opening>>, position: value['position'] };
    }
  } catch {
    // As any other line that cannot be read.
  }
  return { fields: {}, position: null };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
