import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { checkoutRoot } from '@keyfold/local-servers';
import { compare, type Round } from '../harness/compare.js';
import type { BenchOptions, DurationFigure, Figure, Part } from '../harness/figure.js';
import { percentile, spreadOf } from '../harness/spread.js';
import { seedLists } from '../listing/seeded-lists.js';
import { type Services, withServices } from '../stack/services.js';
import { startChild } from '../support/child.js';
import { withScratch } from '../support/scratch.js';
import { sizesOfConsole } from './built-files.js';
import { countTimes } from './key-counts.js';

const FEW = 1_000;
const MANY = 1_000_000;
const OVERVIEW = '/console/overview';
const REPORTS = '/console/reports';
/** Keys that can be used, the soonest to end first. */
const LIST = '/console/api-keys?status=active&sort=effectiveExpiresAt';

export const consolePart: Part = {
  name: 'console',
  about: `what a browser loads, and when the first page and a list of ${MANY} keys are there`,
  run: async (options) => [...sizesOfConsole(), await buildTime(options), ...(await times(options))],
};

/** `vite build` alone, into a scratch folder: what the console adds to `npm run build`. */
async function buildTime({ progress, rounds }: BenchOptions): Promise<DurationFigure> {
  const milliseconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await withScratch(async (folder) => {
      const start = performance.now();
      const vite = join(checkoutRoot(), 'node_modules/.bin/vite');
      const child = startChild([vite, 'build', 'apps/console', '--outDir', folder]);
      await new Promise((resolve) => child.process.once('exit', resolve));
      if (child.process.exitCode !== 0) throw new Error(`vite build failed:\n${child.output()}`);
      milliseconds.push(performance.now() - start);
    });
    progress(`console: build ${round + 1} of ${rounds}: ${Math.round(milliseconds.at(-1) ?? 0)} ms`);
  }
  return {
    kind: 'duration',
    name: 'console, vite build',
    aim: {},
    milliseconds: { median: spreadOf(milliseconds).median },
  };
}

function times(options: BenchOptions): Promise<Figure[]> {
  return withServices((small) =>
    withServices((large) =>
      withBrowser(async (browser) => {
        await seedLists(small, FEW);
        options.progress(`console: filling the read models with ${MANY} keys takes minutes`);
        const lists = await seedLists(large, MANY);
        const [few, many] = [await signIn(browser, small), await signIn(browser, large)];
        return [
          await firstPage(many, options),
          await countedPages(many, options),
          await filteredList(few, many, options),
          ...(await countTimes(lists, options)),
        ];
      }),
    ),
  );
}

async function withBrowser<Result>(work: (browser: Browser) => Promise<Result>): Promise<Result> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...sandbox, '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

async function signIn(browser: Browser, { adminUrl, adminPassword }: Services): Promise<Page> {
  const page = await (await browser.newContext({ baseURL: adminUrl, locale: 'en-GB' })).newPage();
  await page.goto('/console/');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(adminPassword);
  await page.keyboard.press('Enter');
  await page.locator('#main').waitFor();
  return page;
}

/** From the navigation to a page whose links work: with empty caches, as on a first visit, and with scripts kept. */
async function firstPage(page: Page, { rounds, progress }: BenchOptions): Promise<DurationFigure> {
  const first: number[] = [];
  const again: number[] = [];
  const session = await page.context().newCDPSession(page);
  const open = untilShown(page, OVERVIEW, () => page.getByRole('link', { name: 'All keys' }).waitFor());
  for (let round = 0; round < rounds; round += 1) {
    await session.send('Network.clearBrowserCache');
    first.push(await open());
    again.push(await open());
    progress(`console: first page ${round + 1} of ${rounds}: ${Math.round(first.at(-1) ?? 0)} ms`);
  }
  return {
    kind: 'duration',
    name: 'console, navigation to a usable first page',
    aim: { 'p50, empty cache': 1_000 },
    milliseconds: { 'p50, empty cache': percentile(first, 50), 'p50, scripts kept': percentile(again, 50) },
  };
}

/** From the navigation to the numbers on the page, with scripts kept. */
async function countedPages(page: Page, { rounds, progress }: BenchOptions): Promise<DurationFigure> {
  const overview = untilShown(page, OVERVIEW, () => page.getByText('Usable, unused for 90 days').waitFor());
  const report = untilShown(page, REPORTS, () => page.getByRole('table').first().waitFor());
  const times = { overview: [] as number[], report: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.overview.push(await overview());
    times.report.push(await report());
    progress(`console: counted pages ${round + 1} of ${rounds}: ${Math.round(times.overview.at(-1) ?? 0)} ms`);
  }
  return {
    kind: 'duration',
    name: 'console, navigation to the counts of all keys',
    aim: { 'overview, p50': 1_000 },
    milliseconds: { 'overview, p50': percentile(times.overview, 50), 'report, p50': percentile(times.report, 50) },
  };
}

function filteredList(few: Page, many: Page, { rounds, progress }: BenchOptions): Promise<Figure> {
  const shown = (page: Page): Round => untilShown(page, LIST, () => page.getByText('The first 50 are shown').waitFor());
  return compare({
    name: `console, a filtered list of ${MANY} keys against ${FEW}`,
    unit: 'ms',
    aim: 1.5,
    aimIs: 'most',
    rounds,
    progress,
    ours: shown(many),
    theirs: shown(few),
  });
}

function untilShown(page: Page, path: string, shown: () => Promise<void>): Round {
  return async () => {
    // Each round is a navigation of its own: what the last one left in memory is gone.
    await page.goto('about:blank');
    const start = performance.now();
    await page.goto(path, { waitUntil: 'commit' });
    await shown();
    return performance.now() - start;
  };
}
