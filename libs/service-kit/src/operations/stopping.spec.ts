import { describe, expect, test } from '@jest/globals';
import { closeAll, type Closer, NotClosedError } from './stopping.js';

const never = new Promise<never>(() => undefined);

function closers(closed: string[], ways: Record<string, () => Promise<unknown> | undefined>): Closer[] {
  return Object.entries(ways).map(([name, way]) => ({
    name,
    withinMs: 20,
    close: () => {
      closed.push(name);
      return way();
    },
  }));
}

describe('closeAll', () => {
  test('closes the last opened first, each once', async () => {
    const closed: string[] = [];
    const list = closers(closed, { first: () => Promise.resolve(), second: () => undefined });
    await closeAll(list);
    await closeAll(list);
    expect(closed).toEqual(['second', 'first']);
  });

  test('one that hangs, fails or throws keeps none of the others open, and each is named', async () => {
    const closed: string[] = [];
    const list = closers(closed, {
      first: () => Promise.resolve(),
      hangs: () => never,
      fails: () => Promise.reject(new Error('no')),
      throws: () => {
        throw new Error('no');
      },
    });
    const error = await closeAll(list).catch((error: unknown) => error);
    expect(closed).toEqual(['throws', 'fails', 'hangs', 'first']);
    expect(error).toBeInstanceOf(NotClosedError);
    expect((error as Error).message).toBe('not closed: throws (failed), fails (failed), hangs (given up after 20 ms)');
  });

  test('the limit holds for all together: whose turn comes later is begun and not waited for', async () => {
    const closed: string[] = [];
    const list = closers(closed, { first: () => never, second: () => never, third: () => never });
    await expect(closeAll(list, 20)).rejects.toThrow(
      /^not closed: third \(given up after \d+ ms\), second \(given up after [01] ms\), first \(given up after [01] ms\)$/,
    );
    expect(closed).toEqual(['third', 'second', 'first']);
  });
});
