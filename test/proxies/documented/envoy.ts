import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { inPackage } from '@keyfold/event-store';
import {
  type ClientRequest,
  type DocumentedProxy,
  type Field,
  isOneOf,
  type Outcome,
  question,
  refused,
  replaced,
  valuesOf,
  without,
} from './documented-proxy.js';
import { at, listAt, shippedYaml, textAt, textsAt } from './shipped-yaml.js';

/** The parts of a file of Envoy's. */
export interface EnvoyParts {
  readonly manager: unknown;
  /** In the order in which a request passes them. */
  readonly filters: readonly unknown[];
  readonly authorization: unknown;
  readonly host: unknown;
}

export function envoyParts(file: string): EnvoyParts {
  const listener = at(shippedYaml(file), 'static_resources', 'listeners', 0);
  const manager = at(listener, 'filter_chains', 0, 'filters', 0, 'typed_config');
  const filters = listAt(manager, 'http_filters');
  return {
    manager,
    filters,
    authorization: at(filters, 1, 'typed_config'),
    host: at(manager, 'route_config', 'virtual_hosts', 0),
  };
}

/**
 * ext_authz of Envoy 1.35 over HTTP: the client's method and path behind the prefix; exactly 200 passes, 5xx counts as
 * no answer.
 */
export const envoyHttp: DocumentedProxy = async ({ http }, request) => {
  const parts = envoyParts('envoy/envoy-http.yaml');
  const fields = received(parts, request);
  if (fields === null) return refused(400);
  const service = at(parts.authorization, 'http_service');
  // Sent whatever is listed: Host and Authorization, beside method and path.
  const sent = fields.filter(isOneOf(['host', 'authorization', ...named(parts.authorization, 'allowed_headers')]));
  const answer = await question(http, {
    method: request.method,
    uri: textAt(service, 'path_prefix') + request.uri,
    fields: [...sent, ['Content-Length', '0']],
  });
  if (answer === null || answer.status >= 500) return failed(parts, fields);
  const back = at(service, 'authorization_response');
  if (answer.status !== 200)
    return refused(answer.status, answer.fields.filter(isOneOf(named(back, 'allowed_client_headers'))));
  // Of the listed fields only those that the answer has replace the client's.
  const names = named(back, 'allowed_upstream_headers').filter((name) => valuesOf(answer.fields, name).length > 0);
  const removed = valuesOf(answer.fields, 'X-Envoy-Auth-Headers-To-Remove');
  return passedOn(parts, without(replaced(fields, names, answer.fields), removed));
};

/** ext_authz over gRPC: the answer says itself what goes to the service or to the client. */
export const envoyGrpc: DocumentedProxy = async ({ grpc }, request) => {
  const parts = envoyParts('envoy/envoy-grpc.yaml');
  const fields = received(parts, request);
  if (fields === null) return refused(400);
  const sent = fields.filter(isOneOf(named(parts.authorization, 'allowed_headers')));
  if (at(parts.authorization, 'encode_raw_headers') !== true) throw new Error('two lines of a field would be joined');
  const answer = await check(grpc, checkRequest(request, sent));
  if (answer === null) return failed(parts, fields);
  if (answer.ok_response == null || answer.status.code !== 0)
    return refused(answer.denied_response?.status.code ?? 403, fieldsOf(answer.denied_response?.headers));
  const told = fieldsOf(answer.ok_response.headers);
  const names = told.map(([name]) => name);
  return passedOn(parts, without(replaced(fields, names, told), answer.ok_response.headers_to_remove));
};

function checkRequest({ ip, method, uri: path }: ClientRequest, fields: readonly Field[]): object {
  const headers = fields.map(([key, value]) => ({ key, raw_value: Buffer.from(value) }));
  return {
    attributes: {
      source: { address: { socket_address: { address: ip } } },
      request: { http: { method, path, header_map: { headers } } },
    },
  };
}

function fieldsOf(options: readonly HeaderOption[] = []): Field[] {
  return options.map(({ header }) => [header.key, header.value]);
}

/**
 * What the connection manager and header_mutation leave; null for what is refused. Envoy's expressions match the whole
 * name.
 */
function received({ filters }: EnvoyParts, { fields, ip }: ClientRequest): Field[] | null {
  if (fields.some(([name]) => name.includes('_'))) return null;
  const patterns = listAt(filters, 0, 'typed_config', 'mutations', 'request_mutations').map(
    (mutation) => new RegExp(`^(?:${textAt(mutation, 'remove_on_match', 'key_matcher', 'safe_regex', 'regex')})$`),
  );
  const lowered: Field[] = fields.map(([name, value]) => [name.toLowerCase(), value]);
  const made: Field[] = [
    ['x-forwarded-for', [...valuesOf(lowered, 'x-forwarded-for'), ip].join(',')],
    ['x-forwarded-proto', 'http'],
  ];
  const proxied = replaced(lowered, ['x-forwarded-for', 'x-forwarded-proto'], made);
  return proxied.filter(([name]) => !patterns.some((pattern) => pattern.test(name)));
}

function failed({ authorization }: EnvoyParts, fields: readonly Field[]): Outcome {
  if (at(authorization, 'failure_mode_allow') === true) return { passed: true, fields };
  return refused(at(authorization, 'status_on_error', 'code') === 'ServiceUnavailable' ? 503 : 403);
}

function passedOn({ host }: EnvoyParts, fields: readonly Field[]): Outcome {
  return { passed: true, fields: without(fields, textsAt(host, 'request_headers_to_remove')) };
}

/** The names of a list of string matchers. */
export function named(tree: unknown, list: string): string[] {
  return listAt(tree, list, 'patterns').map((pattern) => textAt(pattern, 'exact'));
}

interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string };
}

interface CheckResponse {
  readonly status: { readonly code: number };
  readonly ok_response?: { readonly headers: HeaderOption[]; readonly headers_to_remove: string[] } | null;
  readonly denied_response?: { readonly status: { readonly code: number }; readonly headers: HeaderOption[] } | null;
}

const CALL_MS = 10_000;

/** Calls `envoy.service.auth.v3.Authorization/Check`; null if that fails. */
function check(address: string, request: object): Promise<CheckResponse | null> {
  const definition = loadSync(inPackage('apps/auth-gateway/proto/ext-authz.proto'), { keepCase: true, defaults: true });
  const loaded = loadPackageDefinition(definition) as unknown as {
    envoy: { service: { auth: { v3: GrpcObject & { Authorization: ServiceClientConstructor } } } };
  };
  const client = new loaded.envoy.service.auth.v3.Authorization(
    address,
    credentials.createInsecure(),
  ) as unknown as Client & {
    Check(request: object, options: object, done: (error: Error | null, response: CheckResponse) => void): void;
  };
  return new Promise((resolve) => {
    client.Check(request, { deadline: Date.now() + CALL_MS }, (error, response) => {
      client.close();
      resolve(error === null ? response : null);
    });
  });
}
