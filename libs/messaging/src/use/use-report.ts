import type { JsonObject, SharedKeys } from '@keyfold/domain';
import { z } from 'zod';
import { RequestRefusedError } from '../errors.js';
import { openRequest, sealRequest } from '../request-authentication.js';

/** Most entries of each kind in one report: it must fit into a message of NATS (1 MiB). */
export const MAX_REPORTED_USES = 500;
/** Most addresses that one entry of a retired use names. */
export const MAX_REPORTED_ADDRESSES = 8;

const keyId = z.string().regex(/^[0-9A-Za-z]{22}$/);
const at = z.iso.datetime({ precision: 3 });
const address = z.union([z.ipv4(), z.ipv6()]);

const keyUseSchema = z.strictObject({
  keyId,
  at,
  address: address.nullable(),
  surface: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
});
const retiredKeyUseSchema = z.strictObject({ keyId, at, addresses: z.array(address).max(MAX_REPORTED_ADDRESSES) });

/** The last time that a key let somebody pass: by the log's clock, from where and by which way in. */
export type KeyUse = Readonly<z.output<typeof keyUseSchema>>;

/** The last time that somebody proved a key that is revoked, or superseded and past its grace. */
export type RetiredKeyUse = Readonly<z.output<typeof retiredKeyUseSchema>>;

/** What a gateway process has seen since its last report. Taking it twice changes nothing: times only move forward, addresses are sets. */
export interface UseReport {
  readonly gatewayId: string;
  readonly uses: readonly KeyUse[];
  readonly retired: readonly RetiredKeyUse[];
}

const envelopeSchema = z.strictObject({
  gatewayId: z.string().min(1).max(128),
  uses: z.array(z.unknown()).max(MAX_REPORTED_USES),
  retired: z.array(z.unknown()).max(MAX_REPORTED_USES),
});

/** The report as it travels, authenticated like every request of a gateway. */
export function sealUseReport(report: UseReport, keys: SharedKeys): string {
  return sealRequest('use', report as unknown as JsonObject, keys);
}

/**
 * Reads a report. Single entries that cannot be used are left out: refusing the rest for their sake would make the gateway send them for ever.
 *
 * @throws RequestRefusedError if it is not authentic or no report
 */
export function openUseReport(text: string, keys: SharedKeys): UseReport {
  const parsed = envelopeSchema.safeParse(openRequest('use', text, keys));
  if (!parsed.success) throw new RequestRefusedError('MALFORMED_REQUEST', z.prettifyError(parsed.error));
  const { gatewayId, retired, uses } = parsed.data;
  return { gatewayId, uses: readable(keyUseSchema, uses), retired: readable(retiredKeyUseSchema, retired) };
}

function readable<Entry>(schema: z.ZodType<Entry>, entries: readonly unknown[]): Entry[] {
  return entries.flatMap((entry) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}
