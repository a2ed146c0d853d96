import { z } from 'zod';
import type { JsonObject, SharedKeys } from '@keyfold/domain';
import { FeedProblem, RequestRefusedError } from '../protocol/errors.js';
import {
  type OpenedRequest,
  openReply,
  openRequest,
  type Protocol,
  type SealedRequest,
  sealRequest,
} from '../protocol/feed-message.js';
import type { AskedIn } from '../transport/admin-requester.js';

/** Most entries of each kind in one report: it must fit into a message of NATS (1 MiB). */
export const MAX_REPORTED_USES = 500;
/** Most addresses that one entry of a retired use names. */
export const MAX_REPORTED_ADDRESSES = 8;

const keyId = z.string().regex(/^[0-9A-Za-z]{22}$/);
const at = z.iso.datetime({ precision: 3 });
const address = z.union([z.ipv4(), z.ipv6()]);

const keyUseSchema = z.object({
  keyId,
  at,
  address: address.nullable(),
  surface: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
});
const retiredKeyUseSchema = z.object({ keyId, at, addresses: z.array(address).max(MAX_REPORTED_ADDRESSES) });

/** The last time that a key let somebody pass: by the log's clock, from where and by which way in. */
export type KeyUse = Readonly<z.output<typeof keyUseSchema>>;

/** The last time that somebody proved a key that is revoked, or superseded and past its grace. */
export type RetiredKeyUse = Readonly<z.output<typeof retiredKeyUseSchema>>;

/**
 * What a gateway process has seen since its last report. Taking it twice changes nothing: times only move forward,
 * addresses are sets.
 */
export interface UseReport {
  readonly gatewayId: string;
  readonly uses: readonly KeyUse[];
  readonly retired: readonly RetiredKeyUse[];
}

const reportSchema = z.object({
  gatewayId: z.string().min(1).max(128),
  uses: z.array(z.unknown()).max(MAX_REPORTED_USES),
  retired: z.array(z.unknown()).max(MAX_REPORTED_USES),
});

const replySchema = z.object({ accepted: z.int().nonnegative() });

/** The report as it travels, authenticated like every request of a gateway. */
export function sealUseReport(
  report: UseReport,
  form: { readonly protocol: Protocol; readonly keys: SharedKeys },
): SealedRequest {
  return sealRequest('use', report as unknown as JsonObject, form);
}

/** Asks the admin-service to take the report; a reply that does not say so is a FeedProblem `BAD_REPLY`. */
export function askToTake(report: UseReport, keys: SharedKeys): AskedIn<void> {
  return (protocol) => {
    const sealed = sealUseReport(report, { protocol, keys });
    const accept = (reply: string): void => {
      if (!replySchema.safeParse(openReply(sealed, reply, keys)).success)
        throw new FeedProblem('BAD_REPLY', 'the reply does not accept the report');
    };
    return { text: sealed.text, accept };
  };
}

/**
 * Reads a report. Single entries that cannot be used are left out: refusing the rest for their sake would make the
 * gateway send them for ever.
 *
 * @returns the report, and the request that the reply is sealed to
 * @throws RequestRefusedError if it is not authentic or no report
 */
export function openUseReport(
  text: string,
  keys: SharedKeys,
): { readonly report: UseReport; readonly request: OpenedRequest } {
  const request = openRequest('use', text, keys);
  const parsed = reportSchema.safeParse(request.body);
  if (!parsed.success) throw new RequestRefusedError('MALFORMED_REQUEST', z.prettifyError(parsed.error));
  const { gatewayId, retired, uses } = parsed.data;
  const report = { gatewayId, uses: readable(keyUseSchema, uses), retired: readable(retiredKeyUseSchema, retired) };
  return { report, request };
}

function readable<Entry>(schema: z.ZodType<Entry>, entries: readonly unknown[]): Entry[] {
  return entries.flatMap((entry) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}
