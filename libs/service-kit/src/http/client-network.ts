import ipaddr from 'ipaddr.js';

/**
 * An address as one and the same text however it came: IPv4-mapped IPv6 as IPv4, and no zone.
 *
 * @throws if the text is no address
 */
export function plainAddress(text: string): string {
  const address = ipaddr.process(text.replace(/%.*$/, ''));
  return address.toString();
}

/** The network that an address in its plain form counts for: whoever has an IPv6 address usually has all of its /64. */
export function networkOf(address: string): string {
  return address.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString() + '/64'
    : `${address}/32`;
}
