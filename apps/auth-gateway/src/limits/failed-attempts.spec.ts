import { describe, expect, test } from '@jest/globals';
import { FailedAttempts } from './failed-attempts.js';

const clock = { nowMs: 0 };
const freshAttempts = (counted?: (place: number) => void): FailedAttempts =>
  new FailedAttempts(42, () => clock.nowMs, counted);
const times = (count: number, act: (at: number) => unknown): void => {
  for (let at = 0; at < count; at++) act(at);
};
const ofKey = { name: 'failures-of-key', requests: 100, seconds: 60 };
const ofNetwork = { name: 'failures-from-network', requests: 1_000, seconds: 60 };

describe('failed attempts', () => {
  test('after a hundred in a minute for a key id, from wherever, the next one hears of it, until the minute is over', () => {
    const attempts = freshAttempts();
    clock.nowMs = 1_000;
    times(100, (at) => {
      expect(attempts.failed('key', `192.0.2.${at}`)).toBeNull();
    });
    expect(attempts.failed('key', '198.51.100.1')).toEqual({ ...ofKey, retrySeconds: 60 });
    expect(attempts.failed('another key', '192.0.2.1')).toBeNull();
    clock.nowMs = 60_999;
    expect(attempts.failed('key', null)).toEqual({ ...ofKey, retrySeconds: 1 });
    clock.nowMs = 61_000;
    expect(attempts.failed('key', null)).toBeNull();
  });

  test('after a thousand in a minute from a network so does whatever fails from there', () => {
    const attempts = freshAttempts();
    times(1_000, (at) => {
      expect(attempts.failed(`key-${at}`, '192.0.2.1')).toBeNull();
    });
    for (const keyId of ['key-1', 'key-2000', null]) {
      expect(attempts.failed(keyId, '192.0.2.1')).toEqual({ ...ofNetwork, retrySeconds: 60 });
      expect(attempts.failed(keyId, '::ffff:192.0.2.1')).toEqual({ ...ofNetwork, retrySeconds: 60 });
      expect(attempts.failed(keyId, '192.0.2.2')).toBeNull();
    }
  });

  test('a network of IPv6 is a /64, and callers without an address are one', () => {
    const attempts = freshAttempts();
    times(1_000, (at) => attempts.failed(null, `2001:db8:0:1::${at.toString(16)}`));
    expect(attempts.failed(null, '2001:db8:0:1:ffff::1')).toMatchObject(ofNetwork);
    expect(attempts.failed(null, 'fe80::1%eth0')).toBeNull();
    expect(attempts.failed(null, '2001:db8:0:2::1')).toBeNull();
    times(1_000, (at) => attempts.failed(null, at % 2 === 0 ? null : `no address ${at}`));
    expect(attempts.failed(null, null)).toMatchObject(ofNetwork);
  });

  test('a network beyond its limit counts no more for the keys that it names', () => {
    const attempts = freshAttempts();
    times(1_000, () => attempts.failed(null, '192.0.2.1'));
    times(500, () => attempts.failed('key', '192.0.2.1'));
    expect(attempts.failed('key', '192.0.2.2')).toBeNull();
  });

  test('forged keys hold back no Argon2, however many', () => {
    const attempts = freshAttempts();
    times(5_000, () => attempts.failed('key', '192.0.2.1'));
    expect(attempts.heldBack('key', '192.0.2.1')).toBeNull();
  });

  test('after a hundred wrong secrets computed for a key, Argon2 is held back where they came from, and nowhere else', () => {
    const attempts = freshAttempts();
    times(100, (at) => {
      expect(attempts.heldBack('key', '192.0.2.1')).toBeNull();
      attempts.computedWrong('key', at === 0 ? '192.0.2.2' : '192.0.2.1');
    });
    expect(attempts.heldBack('key', '192.0.2.1')).toEqual({ ...ofKey, retrySeconds: 60 });
    expect(attempts.heldBack('key', '192.0.2.2')).toEqual({ ...ofKey, retrySeconds: 60 });
    expect(attempts.heldBack('key', '192.0.2.3')).toBeNull();
    expect(attempts.heldBack('another key', '192.0.2.1')).toBeNull();
    clock.nowMs += 60_000;
    expect(attempts.heldBack('key', '192.0.2.1')).toBeNull();
  });

  test('after a thousand wrong secrets computed for a network, Argon2 is held back for all that comes from there', () => {
    const attempts = freshAttempts();
    times(1_000, (at) => {
      attempts.computedWrong(`key-${at}`, '192.0.2.1');
    });
    expect(attempts.heldBack('key', '192.0.2.1')).toEqual({ ...ofNetwork, retrySeconds: 60 });
    expect(attempts.heldBack('key', '192.0.2.2')).toBeNull();
  });

  test('however many key ids and networks somebody makes up, a count is never lost', () => {
    const attempts = freshAttempts();
    times(100, () => attempts.failed('key', '192.0.2.1'));
    times(300_000, (at) => attempts.failed(`made up ${at}`, `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`));
    expect(attempts.failed('key', '192.0.2.1')).toMatchObject(ofKey);
  });

  test('what one process counts, another one can count as well', () => {
    const other = freshAttempts();
    const attempts = freshAttempts((place) => {
      other.countedElsewhere(place);
    });
    times(100, () => attempts.failed('key', '192.0.2.1'));
    times(100, () => {
      attempts.computedWrong('computed', '192.0.2.1');
    });
    expect(other.failed('key', null)).toMatchObject(ofKey);
    expect(other.heldBack('computed', '192.0.2.1')).toMatchObject(ofKey);
    expect(other.heldBack('computed', '192.0.2.2')).toBeNull();
  });
});
