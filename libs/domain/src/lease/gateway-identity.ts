import { createHash } from 'node:crypto';

/** How the processes of gateways are named: in requests, lease rows, enrolments and receipts. */

const GATEWAY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const SLOT = /^(?:0|[1-9][0-9]{0,3})$/;

/** Whether the text can name a gateway. Peers of older protocols may have other ids. */
export function isGatewayId(text: string): boolean {
  return GATEWAY_ID.test(text);
}

/** Whether the text can name a worker slot: a whole number from 0 to 9,999 without leading zeros. */
export function isSlot(text: string): boolean {
  return SLOT.test(text);
}

/** The name of a process's key, and so of its cosignatures: `<gatewayId>/<slot>`. */
export function processName(gatewayId: string, slot: string): string {
  return `${gatewayId}/${slot}`;
}

/** The gateway and slot that a process's key is named after; null if the name is not of that form. */
export function parseProcessName(name: string): { readonly gatewayId: string; readonly slot: string } | null {
  const [gatewayId = '', slot = '', ...rest] = name.split('/');
  return rest.length === 0 && isGatewayId(gatewayId) && isSlot(slot) ? { gatewayId, slot } : null;
}

/** What people compare of a process's key: SHA-256 over its text form, which names gateway and slot. */
export function keyFingerprint(verifierKey: string): string {
  return `SHA256:${createHash('sha256').update(verifierKey).digest('base64url')}`;
}
