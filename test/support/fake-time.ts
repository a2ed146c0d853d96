import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The wall clock of processes that are started with {@link env}; their monotonic clock stays true. */
export interface FakeTime {
  readonly env: Readonly<Record<string, string>>;
  /** How far the clock is ahead from now on, for processes that run as well. Milliseconds. */
  setAhead(ms: number): Promise<void>;
  remove(): Promise<void>;
}

/** Needs libfaketime: `npm run test:faults` installs it. The clock is right at first. */
export async function fakeTime(): Promise<FakeTime> {
  const library = findLibrary();
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-clock-'));
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755);
  const file = join(folder, 'offset');
  const setAhead = async (ms: number): Promise<void> => {
    // Renamed into its place: a reader never finds half of it.
    await writeFile(`${file}.new`, `${ms < 0 ? '-' : '+'}${Math.abs(ms) / 1_000}\n`, { mode: 0o644 });
    await rename(`${file}.new`, file);
  };
  await setAhead(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    setAhead,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function findLibrary(): string {
  for (const folder of readdirSync('/usr/lib')) {
    const path = join('/usr/lib', folder, 'faketime');
    try {
      if (readdirSync(path).includes('libfaketime.so.1')) return join(path, 'libfaketime.so.1');
    } catch {
      // No folder of that name.
    }
  }
  throw new Error('libfaketime is not installed: npm run test:faults does so');
}
