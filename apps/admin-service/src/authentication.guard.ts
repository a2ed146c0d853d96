import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@keyfold/service-kit';
import { BearerTokens } from './features/oidc/bearer-tokens.js';
import { SessionStore } from './features/sign-in/session-store.js';
import { type Access, ACCESS_METADATA } from './http/access.js';
import type { Caller } from './http/caller.js';
import { type Credential, readCredential } from './http/credential.js';
import { refuseCrossSite } from './http/cross-site.js';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Puts the caller on the request, or answers 401. The permission itself is checked after the shapes: see
 * RequirePermission.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly sessions: SessionStore,
    private readonly bearerTokens: BearerTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = Reflect.getMetadata(ACCESS_METADATA, context.getHandler()) as Access | undefined;
    if (!access)
      throw new Error(`${context.getClass().name}.${context.getHandler().name} does not declare who may call it`);
    if (access === 'public') return true;

    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const credential = readCredential(request);
    if (!credential) throw unauthenticated();
    const caller = await this.resolve(credential, request.id);
    if (!caller) throw unauthenticated();
    // Only a cookie is sent by a browser on its own, so only a cookie can be ridden on by another site. A GET that
    // writes is refused by `Write`.
    if (credential.kind === 'cookie' && !SAFE_METHODS.has(request.method)) refuseCrossSite(request);
    request.caller = caller;
    return true;
  }

  /** A JWT counts only where the client sends it on purpose. */
  private resolve({ kind, token }: Credential, correlationId: string): Promise<Caller | undefined> {
    return kind === 'bearer' && this.bearerTokens.isCandidate(token)
      ? this.bearerTokens.resolve(token, correlationId)
      : this.sessions.resolve(token);
  }
}

function unauthenticated(): ProblemError {
  return new ProblemError(401, 'UNAUTHENTICATED', 'Sign in first.', {
    headers: { 'www-authenticate': 'Bearer realm="Keyfold"' },
  });
}
