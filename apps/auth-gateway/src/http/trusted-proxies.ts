import { isIpAllowed, normaliseIpRange } from '@keyfold/domain';
import { LRUCache } from 'lru-cache';

const IPV4_WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const IPV6_IN_BRACKETS = /^\[([^\]]+)\](?::\d{1,5})?$/;

/** The proxies whose word about the original request counts. By default there are none. */
export class TrustedProxies {
  readonly #ranges: readonly string[];
  readonly #known = new LRUCache<string, boolean>({ max: 1_000 });

  /** @param ranges addresses and CIDR ranges */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map((range) => normaliseIpRange(range) ?? reject(range));
  }

  isTrusted(address: string | undefined): boolean {
    if (address === undefined || this.#ranges.length === 0) return false;
    let isTrusted = this.#known.get(address);
    if (isTrusted === undefined) {
      isTrusted = isIpAllowed(this.#ranges, address);
      this.#known.set(address, isTrusted);
    }
    return isTrusted;
  }

  /**
   * The client by `X-Forwarded-For`: its right-most address that is no trusted proxy, or the left-most if all are. What stands left of an
   * untrusted address is that client's own invention.
   *
   * @returns null if that place holds no address
   */
  clientOf(forwardedFor: string): string | null {
    const addresses = forwardedFor.split(',').map((entry) => addressOf(entry.trim()));
    for (let at = addresses.length - 1; at >= 0; at--) {
      const address = addresses[at] ?? null;
      if (address === null || at === 0 || !this.isTrusted(address)) return address;
    }
    return null;
  }
}

/** Some proxies add the port. */
function addressOf(entry: string): string | null {
  const address = IPV4_WITH_PORT.exec(entry)?.[1] ?? IPV6_IN_BRACKETS.exec(entry)?.[1] ?? entry;
  return normaliseIpRange(address) === null || address.includes('/') ? null : address;
}

function reject(range: string): never {
  throw new Error(`${range} is no address or CIDR range`);
}
