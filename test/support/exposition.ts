/** A family of the page: what is declared of it, and its samples in order. */
interface Family {
  readonly name: string;
  help: string | null;
  type: string | null;
  readonly samples: Sample[];
}

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const DECLARATION = /^# (HELP|TYPE) (\S+) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([+-]?(?:Inf|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[Nn]a[Nn])$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;
/** Prometheus has base units only, and writes them out; nor is a name to repeat its own type. */
const NOT_IN_NAMES =
  /(?:^|_)(?:ms|millis|milliseconds|microseconds|nanoseconds|minutes|hours|days|kb|kib|mb|mib|kilobytes|megabytes|bits|percent|secs|sec|gauge|counter|histogram|summary)(?:_|$)/;

/**
 * What is wrong with a page of metrics: its text format (version 0.0.4) and the conventions for names, as `promtool
 * check metrics` has them and somewhat stricter. Empty if nothing is.
 */
export function expositionProblems(text: string): string[] {
  const problems: string[] = [];
  const families = readFamilies(text, problems);
  for (const family of families) problems.push(...problemsOf(family).map((problem) => `${family.name}: ${problem}`));
  return problems;
}

function readFamilies(text: string, problems: string[]): Family[] {
  const families = new Map<string, Family>();
  let current: Family | undefined;
  if (!text.endsWith('\n')) problems.push('the last line does not end');
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, keyword, name = '', rest = ''] = DECLARATION.exec(line) ?? [];
    if (keyword === undefined) {
      addSample(current, line, problems);
    } else {
      const known = families.get(name);
      if (known !== undefined && known !== current) problems.push(`${name} comes in two places`);
      current = known ?? { name, help: null, type: null, samples: [] };
      families.set(name, current);
      declare(current, keyword, rest, problems);
    }
  }
  return [...families.values()];
}

function addSample(family: Family | undefined, line: string, problems: string[]): void {
  const sample = readSample(line);
  if (sample === null) problems.push(`cannot be read: ${line}`);
  else if (family === undefined || !belongsTo(sample, family)) problems.push(`nothing declares ${sample.name}`);
  else family.samples.push(sample);
}

function declare(family: Family, keyword: string, value: string, problems: string[]): void {
  const member = keyword === 'HELP' ? 'help' : 'type';
  if (family[member] !== null) problems.push(`${family.name} has two lines of ${keyword}`);
  if (family.samples.length > 0) problems.push(`${family.name}: ${keyword} comes after samples`);
  family[member] = value;
}

function readSample(line: string): Sample | null {
  const [, name, labelText = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) return null;
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  let end = 0;
  for (let label = LABEL.exec(labelText); label !== null; label = LABEL.exec(labelText)) {
    const [, key = '', text = ''] = label;
    if (labels.has(key)) return null;
    labels.set(key, text);
    end = LABEL.lastIndex;
  }
  return end === labelText.length ? { name, labels, value: Number(value?.replace('Inf', 'Infinity')) } : null;
}

function belongsTo({ name }: Sample, family: Family): boolean {
  if (name === family.name) return family.type !== 'histogram';
  const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['_sum', '_count'];
  const hasParts = family.type === 'histogram' || family.type === 'summary';
  return hasParts && suffixes.some((suffix) => name === family.name + suffix);
}

function problemsOf(family: Family): string[] {
  const { help, name, samples, type } = family;
  const problems: string[] = [];
  if (help === null) problems.push('no help');
  if (type === null) problems.push('no type');
  if (!NAME.test(name)) problems.push('is not a name of lower case words');
  if (NOT_IN_NAMES.test(name)) problems.push('has a unit that is no base unit, or its type, in its name');
  if (name.endsWith('_total') !== (type === 'counter')) problems.push('_total is for counters, and for all of them');
  if (/_(?:count|sum|bucket)$/.test(name)) problems.push('ends as a part of a histogram does');
  const series = samples.map((sample) => `${sample.name} ${JSON.stringify([...sample.labels].sort())}`);
  if (new Set(series).size < series.length) problems.push('has a series twice');
  for (const sample of samples) problems.push(...problemsOfSample(sample, type));
  return type === 'histogram' ? [...problems, ...problemsOfHistogram(family)] : problems;
}

function problemsOfSample({ labels, name, value }: Sample, type: string | null): string[] {
  const problems: string[] = [];
  const mayHaveBounds = name.endsWith('_bucket') || type === 'summary';
  for (const label of labels.keys())
    if (!NAME.test(label) || (!mayHaveBounds && (label === 'le' || label === 'quantile')))
      problems.push(`the label ${label} may not be there`);
  if (type === 'counter' && !(value >= 0)) problems.push('counts below zero');
  return problems;
}

/** Each series of a histogram: buckets that grow up to `+Inf`, which is the count. */
function problemsOfHistogram({ name, samples }: Family): string[] {
  const problems: string[] = [];
  const bySeries = new Map<string, Sample[]>();
  for (const sample of samples) {
    const series = JSON.stringify([...sample.labels].filter(([label]) => label !== 'le').sort());
    bySeries.set(series, [...(bySeries.get(series) ?? []), sample]);
  }
  for (const [series, ofSeries] of bySeries) {
    const buckets = ofSeries.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels.get('le')?.replace('+Inf', 'Infinity')));
    const counts = buckets.map(({ value }) => value);
    if (!isAscending(bounds) || bounds.at(-1) !== Infinity) problems.push(`${series}: bounds ${bounds.join(' ')}`);
    if (counts.some((count, at) => count < (counts[at - 1] ?? 0)))
      problems.push(`${series}: counts ${counts.join(' ')}`);
    if (ofSeries.find((sample) => sample.name === `${name}_count`)?.value !== counts.at(-1))
      problems.push(`${series}: the count is not that of +Inf`);
    if (!ofSeries.some((sample) => sample.name === `${name}_sum`)) problems.push(`${series}: no sum`);
  }
  return problems;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
}
