import type { Readiness } from '@keyfold/service-kit';

type Check = () => Promise<{ ok: boolean; detail?: string }>;

const CHECK_TIMEOUT_MS = 2_000;

/** What `/readyz` asks. A part of the service adds its own check when it starts. */
export class ReadinessChecks {
  private readonly checks = new Map<string, Check>();
  private isStopping = false;

  add(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** From now on the answer is no: whoever sends traffic here should stop before the listeners close. */
  stop(): void {
    this.isStopping = true;
  }

  /** Runs all checks at once; one that fails or does not answer in time counts as not ready. */
  async ask(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await withTimeout(check)] as const),
    );
    const ready = !this.isStopping && results.every(([, result]) => result.ok);
    return { ready, checks: Object.fromEntries([...results, ['running', { ok: !this.isStopping }]]) };
  }
}

async function withTimeout(check: Check): Promise<{ ok: boolean; detail?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<{ ok: boolean; detail: string }>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, detail: 'no answer in time' });
    }, CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), timeout]);
  } catch {
    // The error's text may name hosts and roles; it is in the log of the part that failed.
    return { ok: false, detail: 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
