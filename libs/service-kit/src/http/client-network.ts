import ipaddr from 'ipaddr.js';

/** The network that an address in its plain form counts for: whoever has an IPv6 address usually has all of its /64. */
export function networkOf(address: string): string {
  return address.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString() + '/64'
    : `${address}/32`;
}
