import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Authority, inCatalogueOrder, MissingPermissionError, type Permission } from '@keyfold/domain';

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

/**
 * Who sends the request: taken from the credential alone, never from a body, with the permissions that hold right now.
 */
export class Caller {
  readonly permissions: readonly Permission[];

  constructor(
    readonly userId: string,
    permissions: Iterable<Permission>,
    /** Null for who signs in with a token of the OpenID issuer. */
    readonly sessionId: string | null,
    /** Roles that gave the permissions, where they are known: a hint, not what a decision rests on. */
    readonly roleIds: readonly string[] = [],
  ) {
    this.permissions = inCatalogueOrder(permissions);
  }

  get actor(): string {
    return `user/${this.userId}`;
  }

  /** What the domain's rules compare commands with. */
  get authority(): Authority {
    return { kind: 'user', userId: this.userId, permissions: this.permissions };
  }

  may(permission: Permission): boolean {
    return this.permissions.includes(permission);
  }

  /** @throws MissingPermissionError */
  require(permission: Permission): void {
    if (!this.may(permission))
      throw new MissingPermissionError([permission], `This needs the permission ${permission}.`);
  }
}

/** The caller of a route that needs sign-in. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('a route without sign-in asks for its caller');
  return caller;
});
