import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type FieldProblem, fieldProblem } from '@keyfold/service-kit';

/** The receiver's address is one that webhooks may not go to. */
export class AddressNotAllowedError extends Error {
  constructor() {
    super('the address is not allowed');
  }
}

/** Whether the text is a URL that a webhook could have at all, whatever is allowed here. */
export function isWebhookUrl(text: string): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const { hash, password, protocol, username } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username + password + hash === '';
}

/**
 * Why a webhook may not go to the URL, as far as it can be told without resolving the name; null if it may.
 *
 * @param text satisfies {@link isWebhookUrl}
 */
export function webhookUrlRefusal(text: string, allowPrivate: boolean): FieldProblem | null {
  if (allowPrivate) return null;
  const { hostname, protocol } = new URL(text);
  if (protocol !== 'https:') return fieldProblem('/url', 'HTTPS_ONLY');
  return isInternal(bareHost(hostname)) ? fieldProblem('/url', 'INTERNAL_ADDRESS') : null;
}

/**
 * Whether the address is one of the public Internet: no loopback, private, link-local (metadata services), shared or
 * special range.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const parsed = ipaddr.process(text);
  // NAT64, 6to4 and Teredo carry an IPv4 address that may be any; all of them are ranges of their own here.
  return parsed.range() === 'unicast';
}

/**
 * Resolves like `dns.lookup` and fails if any address that comes out is not allowed. What it gives is what is connected
 * to, so a name that resolves to something else a moment later changes nothing.
 */
export function guardedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
        callback(new AddressNotAllowedError(), []);
        return;
      }
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else if (first === undefined) callback(new Error('no address'), []);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * The address of a host, checked, for who connects on our behalf: a proxy that resolved the name itself could come to
 * another one.
 *
 * @returns one of IPv4 if there is any, which every proxy can reach
 * @throws AddressNotAllowedError; what `dns.lookup` fails with
 */
export function checkedAddress(hostname: string, allowPrivate: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    guardedLookup(allowPrivate)(bareHost(hostname), { all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const address = addresses.find(({ family }) => family === 4) ?? addresses[0];
      if (error !== null || address === undefined) reject(error ?? new Error('no address'));
      else resolve(address.family === 6 ? `[${address.address}]` : address.address);
    });
  });
}

/** An address in a URL is never looked up, so it is judged by itself. */
export function requireAllowedHost(hostname: string, allowPrivate: boolean): void {
  const host = bareHost(hostname);
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw new AddressNotAllowedError();
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function isInternal(host: string): boolean {
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return /(^|\.)(localhost|local|internal)\.?$/i.test(host);
}
