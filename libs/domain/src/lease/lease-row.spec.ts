import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  appliedAfter,
  leaseOverAfterMs,
  type LeaseTerms,
  leaseTermsAfter,
  NO_LEASE,
  olderLeaseTermsAfter,
} from './index.js';
import { MAX_KEPT_REPLIES } from './lease-row.js';

const after = (terms: LeaseTerms, nonce: string, held: string | null, leaseSeconds: number): LeaseTerms =>
  leaseTermsAfter(terms, { nonce, held, leaseSeconds });

describe('the terms of a lease row', () => {
  test('keep the length of the reply held until the process says that it holds a later one', () => {
    const long = after(NO_LEASE, 'a', null, 60);
    const shortened = after(long, 'b', 'a', 5);
    expect(shortened.longestSeconds).toBe(60);
    expect(after(shortened, 'c', 'b', 5)).toEqual({
      kept: [
        ['b', 5],
        ['c', 5],
      ],
      longestSeconds: 5,
    });
  });

  test('count a later reply that the process may still apply', () => {
    const terms = after(after(after(NO_LEASE, 'a', null, 5), 'b', 'a', 60), 'c', 'a', 5);
    expect(terms.longestSeconds).toBe(60);
  });

  test('stay on the long side where the process names a reply that is not known, or none', () => {
    const terms = after(NO_LEASE, 'a', null, 60);
    expect(after(terms, 'b', 'elsewhere', 5).longestSeconds).toBe(60);
    expect(after(terms, 'b', null, 5).longestSeconds).toBe(60);
    expect(after(terms, 'b', '', 5).longestSeconds).toBe(60);
  });

  test('count replies beyond those that are named until the process holds a named one', () => {
    let terms = after(NO_LEASE, 'first', null, 60);
    for (let nth = 0; nth < 2 * MAX_KEPT_REPLIES; nth += 1) terms = after(terms, `n${nth}`, 'first', 5);
    expect(terms.kept).toHaveLength(MAX_KEPT_REPLIES);
    expect(terms.longestSeconds).toBe(60);
    const { kept } = terms;
    expect(after(terms, 'last', kept[1]?.[0] ?? null, 5).longestSeconds).toBe(5);
  });

  test('do not change by a reply without a lease', () => {
    const terms = after(NO_LEASE, 'a', null, 60);
    expect(after(terms, 'b', 'a', 0)).toEqual(terms);
  });

  test('of an older peer never shorten', () => {
    const long = olderLeaseTermsAfter(NO_LEASE, 60);
    expect(olderLeaseTermsAfter(long, 5).longestSeconds).toBe(60);
    // A process whose other requests name their replies: the ones without a name count until it holds a named one.
    const named = after(olderLeaseTermsAfter(long, 5), 'a', null, 5);
    expect(named.longestSeconds).toBe(60);
    expect(after(named, 'b', 'a', 5).longestSeconds).toBe(5);
  });
});

interface Reply {
  readonly nonce: string;
  readonly seconds: number;
  readonly nth: number;
}
interface Step {
  readonly seconds: number;
  readonly fate: 'lost' | 'applied' | 'waits' | 'late';
  readonly appliesWaiting: boolean;
  readonly brings: boolean;
}

/** A process as the design describes it, and the row beside it. */
class ModelledProcess {
  row = NO_LEASE;
  held: Reply | null = null;
  waiting: Reply[] = [];
  private readonly late: { readonly reply: Reply; readonly held: string | null }[] = [];

  ask(nth: number, { brings, fate, seconds }: Step): void {
    const asked = { reply: { nonce: `n${nth}`, seconds, nth }, held: this.held?.nonce ?? null };
    // Its reply will be dropped: the process asks anew before it comes.
    if (fate === 'late') this.late.push(asked);
    else this.commit(asked);
    const overtaken = brings ? this.late.shift() : undefined;
    if (overtaken !== undefined) this.commit(overtaken);
    if (fate === 'applied') this.apply(asked.reply);
    if (fate === 'waits') this.waiting.push(asked.reply);
  }

  applyWaiting(): void {
    const [first] = this.waiting;
    if (first !== undefined) this.apply(first);
  }

  mayHold(): number {
    return Math.max(0, ...[...this.waiting, ...(this.held === null ? [] : [this.held])].map(({ seconds }) => seconds));
  }

  private commit({ held, reply }: { readonly reply: Reply; readonly held: string | null }): void {
    this.row = after(this.row, reply.nonce, held, reply.seconds);
  }

  private apply(reply: Reply): void {
    this.held = reply;
    this.waiting = this.waiting.filter(({ nth }) => nth > reply.nth);
  }
}

test('whatever is lost, late or applied later, the row is never shorter than what the process may hold', () => {
  const step = fc.record({
    seconds: fc.constantFrom(5, 7, 60, 3_600),
    fate: fc.constantFrom<Step['fate'][]>('lost', 'applied', 'waits', 'late'),
    appliesWaiting: fc.boolean(),
    brings: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const process = new ModelledProcess();
      for (const [nth, taken] of steps.entries()) {
        process.ask(nth, taken);
        expect(process.row.longestSeconds).toBeGreaterThanOrEqual(process.mayHold());
        expect(process.row.kept.length).toBeLessThanOrEqual(MAX_KEPT_REPLIES);
        if (taken.appliesWaiting) process.applyWaiting();
      }
    }),
    { numRuns: 500 },
  );
});

test('a process that always holds the last reply has a row of exactly its length and the one after', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(5, 60, 3_600), { minLength: 2, maxLength: 40 }), (lengths) => {
      const rows = lengths.reduce<{ row: LeaseTerms; nth: number }>(
        ({ nth, row }, seconds) => ({
          row: after(row, `n${nth}`, nth === 0 ? null : `n${nth - 1}`, seconds),
          nth: nth + 1,
        }),
        { row: NO_LEASE, nth: 0 },
      );
      expect(rows.row.longestSeconds).toBe(Math.max(...lengths.slice(-2)));
    }),
  );
});

test('a lease of a row is over 1 % and 250 ms after its length, none at once', () => {
  expect([0, 5, 60, 3_600].map(leaseOverAfterMs)).toEqual([0, 5_300, 60_850, 3_636_250]);
});

test('the applied position never goes back', () => {
  expect([appliedAfter(5, 3), appliedAfter(3, 5)]).toEqual([5, 5]);
});
