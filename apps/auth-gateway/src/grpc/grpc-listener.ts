import { ServerGrpc } from '@nestjs/microservices';
import { inPackage } from '@keyfold/event-store';
import { ConfigError } from '@keyfold/service-kit';

/** Calls take milliseconds; Envoy keeps its connections for good and has to be cut off. */
const DRAIN_MS = 2_000;

interface GrpcServer {
  tryShutdown(done: (error?: Error) => void): void;
  forceShutdown(): void;
}

/**
 * Nest's gRPC transport with Envoy's API and the health protocol, an error that names the port's variable, and a stop
 * that ends.
 */
export class GrpcListener extends ServerGrpc {
  private readonly address: string;

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    super({
      url: address,
      package: ['envoy.service.auth.v3', 'grpc.health.v1'],
      protoPath: ['ext-authz', 'health'].map((name) => inPackage(`apps/auth-gateway/proto/${name}.proto`)),
      loader: { keepCase: true, defaults: true },
    });
    this.address = address;
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    await super.listen((error?: unknown) => {
      callback(
        error === undefined || error === null
          ? undefined
          : new ConfigError(`KEYFOLD_GATEWAY_GRPC_PORT: cannot listen on ${this.address}`, { cause: error }),
      );
    });
  }

  /** Answers the calls under way. */
  override async close(): Promise<void> {
    const server = this.grpcClient as GrpcServer | null | undefined;
    if (server == null) return;
    this.grpcClient = null;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        server.forceShutdown();
        resolve();
      }, DRAIN_MS);
      server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
