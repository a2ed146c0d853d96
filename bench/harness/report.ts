import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { BoundedFigure, DurationFigure, Figure, RatioFigure } from './figure.js';
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
    case 'ratio':
      return ratioRow(figure);
    case 'duration':
      return durationRow(figure);
    case 'bounded':
      return boundedRow(figure);
    case 'not-run':
      return [figure.name, '-', 'not run', figure.reason];
  }
}

function ratioRow(figure: RatioFigure): string[] {
  const { aim, aimIs, name, note, ours, ratio, theirs, unit } = figure;
  const measured = `${spreadText(ours)} against ${spreadText(theirs)} ${unit}`;
  const sign = aimIs === 'most' ? '<=' : '>=';
  const result = `${spreadText(ratio)} x${missedRatio(figure)}`;
  return [name, aim === null ? '-' : `${sign} ${aim} x`, result, withNote(measured, note)];
}

function missedRatio({ aim, aimIs, ratio }: RatioFigure): string {
  if (aim === null) return '';
  if (aimIs === 'most') return ratio.median > aim ? '  ABOVE AIM' : '';
  return ratio.median < aim ? '  BELOW AIM' : '';
}

function durationRow({ aim, milliseconds, name, note }: DurationFigure): string[] {
  const missed = Object.entries(aim).some(([value, most]) => (milliseconds[value] ?? 0) > most) ? '  ABOVE AIM' : '';
  const text = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .map(([value, number]) => `${value} ${number.toFixed(number < 100 ? 1 : 0)}`)
      .join(', ');
  const aims = Object.keys(aim).length === 0 ? '-' : `${text(aim)} ms`;
  return [name, aims, `${text(milliseconds)} ms${missed}`, note ?? ''];
}

function boundedRow({ name, note, values, within: { least, most } }: BoundedFigure): string[] {
  const isOutside = Object.values(values).some((value) => !(value >= least && value <= most));
  const range = most === Number.POSITIVE_INFINITY ? `>= ${least}` : `${least}..${most}`;
  const bounds = least === most ? String(least) : range;
  return [name, bounds, `${namedValues(values)}${isOutside ? '  OUT OF BOUNDS' : ''}`, note ?? ''];
}

function namedValues(values: Readonly<Record<string, number>>): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${Number(value.toFixed(3))}`);
  return texts.join(', ');
}

function spreadText({ median, min, max }: Spread): string {
  const digits = median < 100 ? 2 : 0;
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

function withNote(text: string, note: string | undefined): string {
  return note === undefined ? text : `${text}; ${note}`;
}
