/**
 * The shape of the rows. To be raised with every change of the domain's states or of the tables that rows or processes
 * of the version before cannot bear: a member that restricts and is missing in an old row would read as "allowed".
 */
export const STATE_SHAPE = 2;

/**
 * The schema of a gateway's tables of one shape. A gateway's id contains no slash, so the name is no other gateway's;
 * processes of another shape have another schema and can neither read these rows nor write to them. The first shape had
 * no suffix.
 */
export function projectionSchema(gatewayId: string, shape: number = STATE_SHAPE): string {
  return shape === 1 ? `gateway_${gatewayId}` : `gateway_${gatewayId}/${shape}`;
}

/** @returns the shape of the gateway's schema of this name; null if it is no schema of this gateway */
export function shapeOf(gatewayId: string, schema: string): number | null {
  const first = projectionSchema(gatewayId, 1);
  if (schema === first) return 1;
  const suffix = schema.startsWith(`${first}/`) ? schema.slice(first.length + 1) : '';
  return /^[1-9]\d{0,5}$/.test(suffix) ? Number(suffix) : null;
}
