import { rawRequest } from '@keyfold/testing/raw-http';

/** A request that reaches a proxy. */
export interface ClientRequest {
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  readonly ip: string;
  readonly fields: readonly Field[];
}

export type Field = readonly [name: string, value: string];

/** The fields with which the request goes on to the service, or what the client gets. */
export type Outcome =
  | { readonly passed: true; readonly fields: readonly Field[] }
  | { readonly passed: false; readonly status: number; readonly fields: readonly Field[] };

/** Where the gateway is: host and port each. */
export interface GatewayAddresses {
  readonly http: string;
  readonly grpc: string;
}

/**
 * A proxy that no test can run: what it sends to the gateway and what it makes of the answer, done as its documentation
 * says, by the values of the shipped files, and with the real gateway. Where the proxy does otherwise than documented,
 * this does not notice.
 */
export type DocumentedProxy = (gateway: GatewayAddresses, request: ClientRequest) => Promise<Outcome>;

export function refused(status: number, fields: readonly Field[] = []): Outcome {
  return { passed: false, status, fields };
}

/** Whether a field has one of these names, in whatever case. */
export function isOneOf(names: readonly string[]): (field: Field) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return ([name]) => known.has(name.toLowerCase());
}

export function without(fields: readonly Field[], names: readonly string[]): Field[] {
  const isNamed = isOneOf(names);
  return fields.filter((field) => !isNamed(field));
}

export function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter(isOneOf([name])).map(([, value]) => value);
}

/** The fields of these names come from the other list, even where that has none. */
export function replaced(fields: readonly Field[], names: readonly string[], by: readonly Field[]): Field[] {
  return [...without(fields, names), ...by.filter(isOneOf(names))];
}

/** Asks over HTTP. @returns null where there is no answer */
export async function question(
  address: string,
  { fields, method, uri }: Pick<ClientRequest, 'method' | 'uri' | 'fields'>,
): Promise<{ readonly status: number; readonly fields: readonly Field[] } | null> {
  const host = fields.some(isOneOf(['host'])) ? [] : ['Host: gateway'];
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  try {
    const head = [`${method} ${uri} HTTP/1.1`, ...host, 'Connection: close', ...lines];
    const { headers, status } = await rawRequest(`http://${address}`, head);
    return { status, fields: Object.entries(headers) };
  } catch {
    return null;
  }
}

/** The family of fields that Traefik and APISIX tell of a request. */
export function forwardedFields({ ip, method, uri }: ClientRequest): Field[] {
  return [
    ['X-Forwarded-Method', method],
    ['X-Forwarded-Uri', uri],
    ['X-Forwarded-Host', 'service.example'],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-For', ip],
  ];
}
