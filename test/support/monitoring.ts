import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkoutRoot } from '@keyfold/local-servers';

/** A query that is shipped, and where it stands. */
export interface ShippedQuery {
  readonly where: string;
  readonly expr: string;
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

/** The path of a file of `deploy/`. */
export function inDeploy(path: string): string {
  return join(checkoutRoot(), 'deploy', path);
}

/** Every query of the alerts and of the dashboard. */
export async function shippedQueries(): Promise<ShippedQuery[]> {
  const rules = parse(await readFile(inDeploy('prometheus/keyfold.rules.yml'), 'utf8')) as Rules;
  const dashboard = JSON.parse(await readFile(inDeploy('grafana/keyfold.json'), 'utf8')) as Dashboard;
  return [
    ...rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => ({ where: alert, expr }))),
    ...dashboard.panels.flatMap(({ targets = [], title }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ];
}

/** The series that a query names. */
export function seriesOf(expr: string): string[] {
  return [...expr.matchAll(/\b(?:keyfold|nodejs|process)_\w+/g)].map(([name]) => name);
}

/** The series of a page of metrics. */
export function seriesOnPage(page: string): Set<string> {
  return new Set([...page.matchAll(/^([a-z]\w*)(?:\{| )/gm)].map(([, name = '']) => name));
}
