import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Build, buildOfCommit, OLDER_COMMIT } from '../versions/build-of-commit.js';
import { printFigures } from './figures.js';
import { type Confirmed, Fleet } from './fleet.js';
import { seedOr } from './seed.js';

/*
 * Three gateways with two workers each, one of them of an older build at first, and somebody who takes things away and
 * waits for each confirmation. Gateways are upgraded, scaled, cut off, frozen and wiped meanwhile. Each confirmation
 * must come, be complete and be true: no gateway allows anything by a request that began after it and rests on what was
 * confirmed away.
 */
const LONGEST_MS = 600_000;
const seed = seedOr(1);
const [FIRST, SECOND, THIRD] = [0, 1, 2] as const;

let older: Build;
let fleet: Fleet;

beforeAll(async () => {
  older = await buildOfCommit(OLDER_COMMIT, ['auth-gateway']);
  fleet = await Fleet.start({ seed, gateways: [2, 2, 2], older: { gateway: THIRD, built: older.built } });
}, LONGEST_MS);
afterAll(async () => {
  await fleet.stop();
  await older.remove();
});

/**
 * How a receipt says that the newest process of each slot of a gateway is past the write; `-` are those of an older
 * version.
 */
function standings({ processes }: Confirmed, nth: number): Record<string, string> {
  const own = processes.filter(({ gatewayId }) => gatewayId === fleet.gateway(nth).id);
  // Of a slot the newest process comes last.
  return Object.fromEntries(own.map(({ by, slot }) => [slot, by]));
}

describe(`while revocations are being confirmed (seed ${seed})`, () => {
  test(
    'a gateway of an older build never counts as applied, and does once it is upgraded',
    async () => {
      const before = await fleet.revoke(await fleet.newKey());
      expect(standings(before, FIRST)).toEqual({ 0: 'applied', 1: 'applied' });
      expect(standings(before, THIRD)).toEqual({ '-': 'lease-ended' });
      // It had applied the revocation long before: its own word is worth nothing.
      expect(fleet.passedLate(THIRD, before)).toBe(0);
      await fleet.whileConfirming(() => fleet.restart(THIRD, { built: undefined }));
      const after = await fleet.revoke(await fleet.newKey());
      expect(standings(after, THIRD)).toEqual({ 0: 'applied', 1: 'applied', '-': 'lease-ended' });
    },
    LONGEST_MS,
  );

  test(
    'a gateway that is scaled up is waited for with each of its workers, and with fewer once it is scaled down',
    async () => {
      await fleet.whileConfirming(() => fleet.restart(FIRST, { workers: 4 }));
      const more = await fleet.revoke(await fleet.newKey());
      expect(standings(more, FIRST)).toEqual({ 0: 'applied', 1: 'applied', 2: 'applied', 3: 'applied' });
      await fleet.whileConfirming(() => fleet.restart(FIRST, { workers: 2 }));
      const fewer = await fleet.revoke(await fleet.newKey());
      expect(standings(fewer, FIRST)).toEqual({ 0: 'applied', 1: 'applied', 2: 'lease-ended', 3: 'lease-ended' });
    },
    LONGEST_MS,
  );

  test(
    'a gateway that is cut off is waited for until its lease has ended',
    async () => {
      const key = await fleet.newKey();
      const connect = fleet.cutOff(SECOND);
      const confirmed = await fleet.revoke(key).finally(connect);
      // What was taken away passed there meanwhile: that it does not any more is no luck.
      expect(fleet.passedLate(SECOND, confirmed)).toBeGreaterThan(0);
      expect(standings(confirmed, SECOND)).toEqual({ 0: 'lease-ended', 1: 'lease-ended' });
      expect(standings(confirmed, FIRST)).toMatchObject({ 0: 'applied', 1: 'applied' });
      await fleet.ready(SECOND);
      expect(standings(await fleet.revoke(await fleet.newKey()), SECOND)).toEqual({ 0: 'applied', 1: 'applied' });
    },
    LONGEST_MS,
  );

  test(
    'a gateway that is frozen is waited for until its lease has ended, and lets nothing pass when it goes on',
    async () => {
      const key = await fleet.newKey();
      const goOn = fleet.freeze(THIRD);
      // They wait in front of it while it is frozen, so it reads them before it can know anything new.
      const sent = fleet.revoke(key).then(async (confirmed) => ({ confirmed, ...(await fleet.send(THIRD)) }));
      const { answers, confirmed } = await sent.finally(goOn);
      expect(standings(confirmed, THIRD)).toMatchObject({ 0: 'lease-ended', 1: 'lease-ended' });
      for (const { allowed, keyId } of await answers) if (keyId === key.keyId) expect(allowed).toBe(false);
      expect((await answers).filter(({ keyId }) => keyId === key.keyId)).toHaveLength(1);
      await fleet.ready(THIRD);
    },
    LONGEST_MS,
  );

  test(
    'a gateway that is killed and wiped is waited for, and folds everything anew',
    async () => {
      await fleet.whileConfirming(() => fleet.wipe(SECOND));
      expect(standings(await fleet.revoke(await fleet.newKey()), SECOND)).toEqual({ 0: 'applied', 1: 'applied' });
    },
    LONGEST_MS,
  );

  test(
    'no receipt is lost, each names every process, and nothing was allowed after one',
    async () => {
      const { figures, problems } = await fleet.judge();
      printFigures(`fleets with seed ${seed}`, figures);
      expect(problems).toEqual([]);
      expect(figures.confirmed).toBeGreaterThan(20);
      expect(figures.afterConfirmation).toBeGreaterThan(1_000);
    },
    LONGEST_MS,
  );
});
