const POLYNOMIAL = 0xedb88320; // Reflected 0x04C11DB7.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/**
 * CRC-32/ISO-HDLC (the one of zip and Ethernet) of a text's first characters, as an unsigned 32-bit number.
 *
 * @param text ASCII: each character counts as one byte.
 * @param length number of characters to take.
 */
export function crc32(text: string, length = text.length): number {
  let crc = -1;
  // The index is masked to the table's 256 entries, so the fallback is never taken.
  for (let at = 0; at < length; at++) crc = (TABLE[(crc ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
