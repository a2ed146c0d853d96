import { expect, test } from '@jest/globals';
import { expositionProblems } from './support/exposition.js';

const HISTOGRAM = [
  '# HELP a_duration_seconds Time.',
  '# TYPE a_duration_seconds histogram',
  'a_duration_seconds_bucket{le="0.1"} 1',
  'a_duration_seconds_bucket{le="+Inf"} 2',
  'a_duration_seconds_sum 3.5',
  'a_duration_seconds_count 2',
];
const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

test('a page in order has no problems', () => {
  const counter = ['# HELP b_total What.', '# TYPE b_total counter', 'b_total{c="d",e="f\\"\\n"} 1e-7', 'b_total 0'];
  expect(expositionProblems(page([...HISTOGRAM, '', ...counter]))).toEqual([]);
});

test.each<[string, readonly string[]]>([
  ['a counter without _total', ['# HELP b What.', '# TYPE b counter', 'b 1']],
  ['a gauge with _total', ['# HELP b_total What.', '# TYPE b_total gauge', 'b_total 1']],
  ['no help', ['# TYPE b gauge', 'b 1']],
  ['no type', ['# HELP b What.', 'b 1']],
  ['a unit that is no base unit', ['# HELP b_ms What.', '# TYPE b_ms gauge', 'b_ms 1']],
  ['capital letters', ['# HELP bC What.', '# TYPE bC gauge', 'bC 1']],
  ['a series twice', ['# HELP b What.', '# TYPE b gauge', 'b{c="1",d="2"} 1', 'b{d="2",c="1"} 1']],
  ['a label twice', ['# HELP b What.', '# TYPE b gauge', 'b{c="1",c="2"} 1']],
  ['a label of histograms', ['# HELP b What.', '# TYPE b gauge', 'b{le="1"} 1']],
  ['a value that is none', ['# HELP b What.', '# TYPE b gauge', 'b undefined']],
  ['a sample of nobody', ['# HELP b What.', '# TYPE b gauge', 'b 1', 'c 1']],
  ['a family in two places', ['# HELP b What.', '# TYPE b gauge', 'b 1', ...HISTOGRAM, '# HELP b What.', 'b{c="1"} 1']],
  ['a histogram without its sum', HISTOGRAM.filter((line) => !line.includes('_sum'))],
  ['a histogram whose count is another', HISTOGRAM.map((line) => line.replace('count 2', 'count 3'))],
  ['a histogram without +Inf', HISTOGRAM.filter((line) => !line.includes('+Inf'))],
  ['a histogram that falls', HISTOGRAM.map((line) => line.replace('"0.1"} 1', '"0.1"} 3'))],
])('is told: %s', (_name, lines) => {
  expect(expositionProblems(page(lines))).not.toEqual([]);
});
