import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/;
const IPV4_WITH_PORT = /^([\d.]{7,15}):\d{1,5}$/;
const IN_BRACKETS = /^\[([^\]]+)\](?::\d{1,5})?$/;
const ZONED_IPV6 = /^([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)%[\w.~-]{1,32}$/;
/** An IPv6 address with a zone, brackets and a port is shorter. */
const MAX_WRITTEN_CHARACTERS = 100;
const PREFIX_LENGTH = /^(0|[1-9]\d{0,2})$/;
const MAPPED_PREFIX_BITS = 96;

// States are immutable, so the parsed form can hang on the array itself and dies with it.
const parsedRanges = new WeakMap<readonly string[], readonly Range[] | null>();

/**
 * The canonical form of an address or CIDR range: host bits cleared, IPv4-mapped IPv6 as IPv4, always with its length.
 * @returns null when the text is neither (leading zeros, short forms, hexadecimal octets and zones included)
 */
export function normaliseIpRange(text: string): string | null {
  const range = parseRange(text);
  return range === null ? null : `${networkOf(range).toString()}/${range[1]}`;
}

/** Whether the text is an IP range in its canonical form. */
export function isIpRange(text: string): boolean {
  return normaliseIpRange(text) === text;
}

/**
 * Whether the address lies in one of the ranges. An IPv4-mapped IPv6 address counts as the IPv4 address; otherwise the
 * families never meet (`::/0` admits no IPv4 client). No range, an unreadable range or an unreadable address: false.
 */
export function isIpAllowed(ranges: readonly string[], address: string): boolean {
  const parsed = rangesOf(ranges);
  const client = parseAddress(address);
  if (parsed === null || client === null) return false;
  return parsed.some(([network, bits]) => network.kind() === client.kind() && client.match(network, bits));
}

/**
 * Reads an address as sockets, proxies and programs write it: with a port (`203.0.113.7:54321`), IPv6 in brackets with
 * or without one, with a zone (`fe80::1%eth0`), IPv4-mapped IPv6.
 *
 * @returns the address alone, in the one form that equal addresses share; null for `unknown`, a name, a range and
 *   everything else
 */
export function readAddress(text: string): string | null {
  const trimmed = text.length > MAX_WRITTEN_CHARACTERS ? '' : text.trim();
  // Nearly all addresses are this, and it is the plain form already.
  if (IPV4.test(trimmed)) return trimmed;
  const host = firstGroup(IPV4_WITH_PORT, firstGroup(IN_BRACKETS, trimmed));
  return parseAddress(firstGroup(ZONED_IPV6, host))?.toString() ?? null;
}

function firstGroup(form: RegExp, text: string): string {
  return form.exec(text)?.[1] ?? text;
}

function rangesOf(ranges: readonly string[]): readonly Range[] | null {
  const known = parsedRanges.get(ranges);
  if (known !== undefined) return known;
  const parsed = ranges.map(parseRange);
  const usable = parsed.every((range) => range !== null) ? parsed : null;
  parsedRanges.set(ranges, usable);
  return usable;
}

function parseRange(text: string): Range | null {
  const slash = text.indexOf('/');
  const address = parseRaw(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  const bits = slash < 0 ? width : parseBits(text.slice(slash + 1), width);
  if (bits === null) return null;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_PREFIX_BITS) {
    return [address.toIPv4Address(), bits - MAPPED_PREFIX_BITS];
  }
  return [address, bits];
}

function parseBits(text: string, width: number): number | null {
  return PREFIX_LENGTH.test(text) && Number(text) <= width ? Number(text) : null;
}

function parseAddress(text: string): Address | null {
  const address = parseRaw(text);
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

// ipaddr.js by itself also reads 0x7f.1, 0177.0.0.1, 127.1 and zones, which other parsers on the way read differently.
function parseRaw(text: string): Address | null {
  if (IPV4.test(text)) return ipaddr.IPv4.parse(text);
  if (!IPV6_CHARACTERS.test(text) || !text.includes(':')) return null;
  const embedded = text.slice(text.lastIndexOf(':') + 1);
  if (embedded.includes('.') && !IPV4.test(embedded)) return null;
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}

function networkOf([address, bits]: Range): Address {
  const bytes = address
    .toByteArray()
    .map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
  return ipaddr.fromByteArray(bytes);
}
