import { firstOrigin, type NoteVerifier } from '@keyfold/domain';

/**
 * The shape of the rows. To be raised with every change of the domain's states or of the tables that rows or processes
 * of the version before cannot bear: a member that restricts and is missing in an old row would read as "allowed".
 */
export const STATE_SHAPE = 2;

/**
 * The schema of a gateway's tables of one shape, folded from the log under one origin. A gateway's id contains no
 * slash, so the name is no other gateway's; processes of another shape have another schema and can neither read these
 * rows nor write to them. The first shape had no suffix.
 *
 * After a fork of the log the rows are folded anew, beside those of the origin before: they were folded from records
 * that the log may not have any more, and a process that still follows that origin must not write among the new ones.
 *
 * @param logKey of the origin, null for the one that the log began with
 */
export function projectionSchema(gatewayId: string, shape: number = STATE_SHAPE, logKey: LogKey | null = null): string {
  const first = `gateway_${gatewayId}`;
  if (logKey !== null && firstOrigin(logKey.name) !== logKey.name) return `${first}/${shape}@${logKey.keyId}`;
  return shape === 1 ? first : `${first}/${shape}`;
}

/** What names an origin: of the log's key. */
type LogKey = Pick<NoteVerifier, 'keyId' | 'name'>;

const SUFFIX = /^([1-9]\d{0,4})(@[0-9a-f]{8})?$/;

/** @returns the shape of the gateway's schema of this name; null if it is no schema of this gateway */
export function shapeOf(gatewayId: string, schema: string): number | null {
  const first = projectionSchema(gatewayId, 1);
  if (schema === first) return 1;
  const suffix = schema.startsWith(`${first}/`) ? schema.slice(first.length + 1) : '';
  const [, shape] = SUFFIX.exec(suffix) ?? [];
  return shape === undefined ? null : Number(shape);
}

/** Whether the schema was made after a fork of the log: its name says for which origin. */
export function isAfterFork(schema: string): boolean {
  return schema.includes('@');
}
