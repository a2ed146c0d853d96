import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import { isIpAllowed, normaliseIpRange, readAddress } from '@keyfold/domain';

/** What is known of the request as its client sent it, before proxies passed it on. */
export interface ClientSide {
  /**
   * The client's address, or that of the last proxy before it that is known; null if the connection has ended already.
   */
  readonly address: string | null;
  readonly scheme: 'http' | 'https';
  /** The host that the client asked for, as it wrote it; undefined if it named none. */
  readonly host: string | undefined;
}

/** A request as Node presents it. */
export interface ProxiedMessage {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** The place of an entry in a list that each proxy adds to at the right: 0 is the right-most. */
interface Found {
  readonly address: string | null;
  readonly fromRight: number;
}

/** The proxies whose word about the original request counts. By default there are none. */
export class TrustedProxies {
  private readonly ranges: readonly string[];
  private readonly known = new LRUCache<string, boolean>({ max: 1_000 });

  /** @param ranges addresses and CIDR ranges */
  constructor(ranges: readonly string[]) {
    this.ranges = ranges.map((range) => normaliseIpRange(range) ?? reject(range));
  }

  isTrusted(address: string | undefined): boolean {
    if (address === undefined || this.ranges.length === 0) return false;
    let isTrusted = this.known.get(address);
    if (isTrusted === undefined) {
      isTrusted = isIpAllowed(this.ranges, readAddress(address) ?? '');
      this.known.set(address, isTrusted);
    }
    return isTrusted;
  }

  /**
   * The client by `X-Forwarded-For`: its right-most address that is no trusted proxy, or the left-most if all are. What
   * stands left of an untrusted address is that client's own invention.
   *
   * @returns null if that place holds no address
   */
  clientOf(forwardedFor: string): string | null {
    return this.find(entriesOf(forwardedFor)).address;
  }

  /**
   * The client's side of a request. Each proxy adds what it sees to the right of `X-Forwarded-For`, `-Proto` and
   * `-Host`, so where these are lists, what counts is the entry in the client's place: what stands left of it is made
   * up. A shorter list was begun by a later proxy, so its left-most counts.
   */
  clientSideOf({ headers, socket }: ProxiedMessage): ClientSide {
    const peer = readAddress(socket.remoteAddress ?? '');
    const direct = { address: peer, scheme: 'http', host: headers.host } as const;
    if (!this.isTrusted(socket.remoteAddress)) return direct;
    const chain = entriesOf(textOf(headers['x-forwarded-for']));
    const { address, fromRight } = this.find(chain);
    const told = (name: string): string | undefined => entryAt(entriesOf(textOf(headers[name])), fromRight);
    return {
      // "unknown" is the word of the proxy to the right of it.
      address: address ?? readAddress(chain[chain.length - fromRight] ?? '') ?? peer,
      scheme: schemeOf(told('x-forwarded-proto')),
      host: told('x-forwarded-host') ?? headers.host,
    };
  }

  private find(chain: readonly string[]): Found {
    for (let at = chain.length - 1; at >= 0; at--) {
      const address = readAddress(chain[at] ?? '');
      if (address === null || at === 0 || !this.isTrusted(address))
        return { address, fromRight: chain.length - 1 - at };
    }
    return { address: null, fromRight: 0 };
  }
}

/** Empty elements of a list are passed over (RFC 9110, 5.6.1). */
function entriesOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Node joins several lines of these fields by a comma. */
function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function entryAt(entries: readonly string[], fromRight: number): string | undefined {
  return entries[Math.max(0, entries.length - 1 - fromRight)];
}

/** Proxies write the scheme of the URL that the client opened, so of a WebSocket `wss`. */
function schemeOf(written: string | undefined): 'http' | 'https' {
  const scheme = written?.toLowerCase();
  return scheme === 'https' || scheme === 'wss' ? 'https' : 'http';
}

function reject(range: string): never {
  throw new Error(`${range} is not an address or CIDR range`);
}
