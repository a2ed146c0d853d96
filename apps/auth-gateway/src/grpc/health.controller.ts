import { status as rpcStatus } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import { distinctUntilChanged, map, type Observable, of, shareReplay, timer } from 'rxjs';
import { Freshness } from '../freshness/freshness.js';

/** Numbers of proto/health.proto. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
/** The server as a whole, and the service that it has. */
const SERVICES: ReadonlySet<string> = new Set(['', 'envoy.service.auth.v3.Authorization']);
/** A lease ends without an event. */
const WATCH_EVERY_MS = 250;

interface HealthCheckRequest {
  readonly service: string;
}

interface HealthCheckResponse {
  readonly status: number;
}

/** `grpc.health.v1.Health`: serving while the lease holds, since without it every request is refused. */
@Controller()
export class HealthController {
  /** One clock for all that watch; it stops with the last of them. */
  private readonly changes: Observable<HealthCheckResponse>;

  constructor(private readonly freshness: Freshness) {
    this.changes = timer(0, WATCH_EVERY_MS).pipe(
      map(() => this.now().status),
      distinctUntilChanged(),
      map((status) => ({ status })),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
  }

  @GrpcMethod('Health', 'Check')
  check({ service }: HealthCheckRequest): HealthCheckResponse {
    if (!SERVICES.has(service)) throw new RpcException({ code: rpcStatus.NOT_FOUND, message: 'unknown service' });
    return this.now();
  }

  /** Sends the state, and each further one. */
  @GrpcMethod('Health', 'Watch')
  watch({ service }: HealthCheckRequest): Observable<HealthCheckResponse> {
    return SERVICES.has(service) ? this.changes : of({ status: SERVICE_UNKNOWN });
  }

  private now(): HealthCheckResponse {
    return { status: this.freshness.holdsLease() ? SERVING : NOT_SERVING };
  }
}
