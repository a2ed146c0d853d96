import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { Figure } from './figure.js';
import type { Spread } from './spread.js';

/** The figures as a table for a terminal; an aim that was not reached is marked. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [['figure', 'aim', 'result', 'measured'], ...figures.map(rowOf)];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

export async function writeResults(file: string | URL, figures: readonly Figure[]): Promise<void> {
  const machine = {
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? null,
    memoryBytes: totalmem(),
    node: process.version,
  };
  const results = { at: new Date().toISOString(), machine, figures };
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}

function rowOf(figure: Figure): string[] {
  switch (figure.kind) {
    case 'ratio': {
      const { aim, ratio, ours, theirs, unit, note } = figure;
      const missed = aim !== null && ratio.median < aim ? '  BELOW AIM' : '';
      const measured = `${spreadText(ours, 0)} against ${spreadText(theirs, 0)} ${unit}`;
      const result = `${spreadText(ratio, 2)} x${missed}`;
      return [figure.name, aim === null ? '-' : `>= ${aim} x`, result, withNote(measured, note)];
    }
    case 'duration': {
      const { aim, milliseconds, note } = figure;
      const missed = Object.entries(aim).some(([name, most]) => (milliseconds[name] ?? 0) > most) ? '  ABOVE AIM' : '';
      const text = (values: Readonly<Record<string, number>>): string =>
        Object.entries(values)
          .map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 1 : 0)}`)
          .join(', ');
      return [
        figure.name,
        Object.keys(aim).length === 0 ? '-' : `${text(aim)} ms`,
        `${text(milliseconds)} ms${missed}`,
        note ?? '',
      ];
    }
    case 'not-run':
      return [figure.name, '-', 'not run', figure.reason];
  }
}

function spreadText({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

function withNote(text: string, note: string | undefined): string {
  return note === undefined ? text : `${text}; ${note}`;
}
