import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { Permission } from '@keyfold/domain';
import { Caller, CurrentCaller } from './caller.js';
import { problemResponse } from './problem-response.js';

/** Who may call a route. Every route declares it; AuthenticationGuard refuses a route that does not. */
export type Access = 'public' | 'signed-in' | Permission;

export const ACCESS_METADATA = 'keyfold:access';

export const Public = (): MethodDecorator => SetMetadata(ACCESS_METADATA, 'public' satisfies Access);

export const SignedIn = (): MethodDecorator =>
  applyDecorators(SetMetadata(ACCESS_METADATA, 'signed-in' satisfies Access), ...documentSignIn([401]));

/**
 * The route needs sign-in and a permission. Guards run before Nest reads bodies and parameters, but a malformed request
 * is a 400 even for who lacks the permission; so the method itself is wrapped, given the caller as one argument more,
 * and the permission is checked once its arguments have passed their schemas.
 */
export function RequirePermission(permission: Permission): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as (...args: unknown[]) => unknown;
    CurrentCaller()(target, key, handler.length);
    const checked = function (this: unknown, ...args: unknown[]): unknown {
      const caller = args.findLast((argument) => argument instanceof Caller);
      if (!caller) throw new Error(`${String(key)} requires a permission but has no caller`);
      caller.require(permission);
      return handler.apply(this, args);
    };
    // Other decorators may have left their metadata on the method already.
    for (const name of Reflect.getMetadataKeys(handler) as string[])
      Reflect.defineMetadata(name, Reflect.getMetadata(name, handler), checked);
    Object.defineProperty(checked, 'name', { value: handler.name });
    descriptor.value = checked;
    Reflect.defineMetadata(ACCESS_METADATA, permission satisfies Access, checked);
    for (const document of documentSignIn([401, 403])) document(target, key, descriptor);
  };
}

function documentSignIn(refusals: readonly number[]): MethodDecorator[] {
  return [
    ApiSecurity('session'),
    ApiSecurity('sessionCookie'),
    ...refusals.map((status) => ApiResponse(problemResponse(status))),
  ];
}
