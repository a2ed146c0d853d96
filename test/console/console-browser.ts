import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's Chromium; one for a test file. @param args more of its command line */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...sandbox, '--disable-dev-shm-usage', ...args],
  });
}

/** A page that remembers everything that must not happen on it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Policy violations, console errors, uncaught errors, failed requests, and requests that leave the origin. */
  readonly complaints: readonly string[];
  /** Statuses that the test provokes; a browser logs each as an error of the console. */
  readonly expectStatus: (...statuses: number[]) => void;
}

// As text, since it runs in the browser, whose globals this project's types do not have.
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('policy violation:', event.violatedDirective, event.blockedURI, event.sample);
});`;

export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL: origin,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const expected = new Set<number>();
  await context.addInitScript(REPORT_VIOLATIONS);
  page.on('console', (message) => {
    const status = /the server responded with a status of (\d+)/.exec(message.text())?.[1];
    if (message.type() === 'error' && !expected.has(Number(status))) complaints.push(message.text());
    if (message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // The page itself gave up on it, such as a poll when it was left.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.method()} ${request.url()}: ${reason}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`left the origin: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && !expected.has(response.status()))
      complaints.push(`${response.request().method()} ${response.url()}: ${response.status()}`);
  });
  return {
    page,
    context,
    complaints,
    expectStatus: (...statuses) => {
      for (const status of statuses) expected.add(status);
    },
  };
}
