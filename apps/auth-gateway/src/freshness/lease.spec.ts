import { describe, expect, test } from '@jest/globals';
import { Lease, type LeaseOffer } from './lease.js';

const offer = (size: number, sentAtMonotonicMs: number, leaseSeconds = 60): LeaseOffer => ({
  size,
  sentAtMonotonicMs,
  leaseSeconds,
  nonce: `${size}@${sentAtMonotonicMs}`,
});

describe('Lease', () => {
  test('nothing is held before a head has come', () => {
    expect(new Lease().holds(0)).toBe(false);
  });

  test('it counts from when the request was sent, and its last millisecond is not in it', () => {
    const lease = new Lease();
    lease.offer(offer(5, 1_000), 5);
    expect(lease.holds(60_999)).toBe(true);
    expect(lease.holds(61_000)).toBe(false);
  });

  test('a head whose records are not applied gives nothing until they are', () => {
    const lease = new Lease();
    lease.offer(offer(7, 1_000), 5);
    expect(lease.holds(1_001)).toBe(false);
    lease.applied(6);
    expect(lease.holds(1_001)).toBe(false);
    lease.applied(7);
    expect(lease.holds(1_001)).toBe(true);
  });

  test('a newer head replaces an older one, also by a shorter lease', () => {
    const lease = new Lease();
    lease.offer(offer(5, 1_000, 60), 5);
    lease.offer(offer(5, 2_000, 5), 5);
    expect(lease.endsAtMs).toBe(7_000);
  });

  test('an older head that takes effect late changes nothing', () => {
    const lease = new Lease();
    lease.offer(offer(9, 1_000), 5);
    lease.offer(offer(5, 2_000), 5);
    lease.applied(9);
    expect(lease.held?.nonce).toBe('5@2000');
  });

  test('that was ended stays so, whatever is applied or comes later', () => {
    const lease = new Lease();
    lease.offer(offer(5, 1_000), 5);
    lease.offer(offer(7, 2_000), 5);
    lease.end();
    lease.applied(7);
    lease.offer(offer(7, 3_000), 7);
    expect(lease.holds(3_001)).toBe(false);
  });

  test('of several that take effect at once the newest counts', () => {
    const lease = new Lease();
    lease.offer(offer(8, 1_000), 5);
    lease.offer(offer(9, 3_000), 5);
    lease.offer(offer(9, 2_000), 5);
    lease.applied(10);
    expect(lease.held?.nonce).toBe('9@3000');
  });

  test('a gateway that has asked hundreds of times while it caught up holds the newest head, not one of the first', () => {
    const lease = new Lease();
    for (let second = 0; second < 300; second++) lease.offer(offer(9, second * 1_000), 5);
    for (let second = 300; second < 600; second++) lease.offer(offer(second, second * 1_000), 5);
    lease.applied(9);
    expect(lease.held).toBeNull();
    lease.applied(599);
    expect(lease.held?.nonce).toBe('599@599000');
    for (let second = 600; second < 900; second++) lease.offer(offer(700, second * 1_000), 599);
    lease.applied(700);
    expect(lease.held?.nonce).toBe('700@899000');
  });
});
