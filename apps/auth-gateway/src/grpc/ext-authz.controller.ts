import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { TrustedProxies } from '@keyfold/service-kit';
import { UNAUTHENTICATED } from '../http/answers.js';
import { refusalOf } from '../http/refusal-of.js';
import { KeySignIn } from '../surfaces/key-sign-in.js';
import type { CheckRequest, CheckResponse } from './check-messages.js';
import { allowedResponse, deniedResponse } from './check-responses.js';
import { checkedRequest } from './checked-request.js';

/** The part of a gRPC call that tells who is calling: address and port. */
export interface Call {
  getPeer(): string;
}

/**
 * `envoy.service.auth.v3.Authorization/Check`. A failure ends the call with an error, which Envoy takes for a refusal.
 */
@Controller()
export class ExtAuthzController {
  constructor(
    private readonly signIn: KeySignIn,
    private readonly proxies: TrustedProxies,
  ) {}

  @GrpcMethod('Authorization', 'Check')
  async check(request: CheckRequest, _metadata: Metadata, call: Call): Promise<CheckResponse> {
    const peer = call.getPeer();
    const checked = checkedRequest(request, peer.slice(0, Math.max(0, peer.lastIndexOf(':'))), this.proxies);
    if ('body' in checked) return deniedResponse(checked);
    const { authorization, limits } = checked;
    if (authorization === undefined) {
      this.signIn.count('grpc', 'MALFORMED');
      return deniedResponse(UNAUTHENTICATED);
    }
    const verdict = await this.signIn.byAuthorization('grpc', authorization, limits);
    return verdict.allowed ? allowedResponse(verdict) : deniedResponse(refusalOf(verdict));
  }
}
