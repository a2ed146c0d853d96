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
  readonly denied_response?: {
    readonly status: { readonly code: number };
    readonly headers: readonly { readonly header: { readonly key: string; readonly value: string } }[];
    readonly body: string;
  };
}

/** A client of `envoy.service.auth.v3.Authorization`, as Envoy is one. */
export class ExtAuthzClient {
  private readonly client: Client;

  constructor(port: string) {
    const definition = loadSync(inPackage('apps/auth-gateway/proto/ext-authz.proto'), { keepCase: true });
    const named = loadPackageDefinition(definition) as unknown as {
      envoy: { service: { auth: { v3: GrpcObject & { Authorization: ServiceClientConstructor } } } };
    };
    this.client = new named.envoy.service.auth.v3.Authorization(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** Asks about a GET with this Authorization value, of a client at this address. */
  check(authorization: string, address = '192.0.2.254'): Promise<CheckAnswer> {
    const http = { method: 'GET', path: '/', host: 'app', headers: { authorization } };
    const client = this.client as unknown as {
      Check(request: object, done: (error: Error | null, answer: CheckAnswer) => void): void;
    };
    return new Promise((resolve, reject) => {
      client.Check(
        { attributes: { source: { address: { socket_address: { address } } }, request: { http } } },
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
