import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { TRACE_FIELDS, Tracing, TrustedProxies } from '@keyfold/service-kit';
import { KeySignIn } from '../surfaces/key-sign-in.js';
import type { CheckRequest, CheckResponse } from './check-messages.js';
import { type Call, ExtAuthzController } from './ext-authz.controller.js';

/** The same where tracing is on: each check is a span of the trace that Envoy's call belongs to. */
@Controller()
export class TracedExtAuthzController extends ExtAuthzController {
  constructor(
    signIn: KeySignIn,
    proxies: TrustedProxies,
    private readonly tracing: Tracing,
  ) {
    super(signIn, proxies);
  }

  @GrpcMethod('Authorization', 'Check')
  override check(request: CheckRequest, metadata: Metadata, call: Call): Promise<CheckResponse> {
    const headers = Object.fromEntries([...TRACE_FIELDS].map((name) => [name, metadata.get(name)[0]?.toString()]));
    const name = 'envoy.service.auth.v3.Authorization/Check';
    return this.tracing.aroundAnswer(name, headers, () => super.check(request, metadata, call));
  }
}
