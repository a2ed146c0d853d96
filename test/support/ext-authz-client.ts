import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { inPackage } from '@keyfold/event-store';

/** The answer to a Check, as Envoy reads it. */
export interface CheckAnswer {
  readonly status: { readonly code: number };
  readonly ok_response?: { readonly headers: readonly { readonly header: CheckedHeader }[] };
  readonly denied_response?: {
    readonly status: { readonly code: number };
    readonly headers: readonly { readonly header: CheckedHeader }[];
    readonly body: string;
  };
}

interface CheckedHeader {
  readonly key: string;
  readonly value: string;
}

/** A client of `envoy.service.auth.v3.Authorization`, as Envoy is one. */
export class ExtAuthzClient {
  private readonly client: Client;

  constructor(port: string) {
    const definition = loadSync(inPackage('apps/auth-gateway/proto/ext-authz.proto'), { keepCase: true });
    const named = loadPackageDefinition(definition) as unknown as {
      envoy: { service: { auth: { v3: GrpcObject & { Authorization: ServiceClientConstructor } } } };
    };
    this.client = new named.envoy.service.auth.v3.Authorization(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_reconnect_backoff_ms': 500,
    });
  }

  /**
   * Asks about a request with this Authorization value, of a client at this address.
   *
   * @param options.method of the request; GET without it
   * @param options.withinMs longest wait for the answer; without it as long as it takes
   * @throws an error of gRPC without an answer
   */
  check(
    authorization: string,
    address = '192.0.2.254',
    { method = 'GET', withinMs }: { readonly method?: string; readonly withinMs?: number } = {},
  ): Promise<CheckAnswer> {
    const http = { method, path: '/', host: 'app', headers: { authorization } };
    const client = this.client as unknown as {
      Check(request: object, options: object, done: (error: Error | null, answer: CheckAnswer) => void): void;
    };
    return new Promise((resolve, reject) => {
      client.Check(
        { attributes: { source: { address: { socket_address: { address } } }, request: { http } } },
        withinMs === undefined ? {} : { deadline: Date.now() + withinMs },
        (error, answer) => {
          if (error === null) resolve(answer);
          else reject(error);
        },
      );
    });
  }

  close(): void {
    this.client.close();
  }
}
