import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Permission } from '@keyfold/domain';
import { Caller, CurrentCaller } from './caller.js';

/** Who may call a route. Every route declares it; AuthenticationGuard refuses a route that does not. */
export type Access = 'public' | 'signed-in' | Permission;

export const ACCESS_METADATA = 'keyfold:access';
/** Where the OpenAPI document has it. */
export const ACCESS_EXTENSION = 'x-access';

export const Public = (): MethodDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_METADATA, 'public' satisfies Access),
    ApiExtension(ACCESS_EXTENSION, 'public' satisfies Access),
  );

export const SignedIn = (): MethodDecorator =>
  applyDecorators(SetMetadata(ACCESS_METADATA, 'signed-in' satisfies Access), ...documentSignIn('signed-in'));

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
    for (const document of documentSignIn(permission)) document(target, key, descriptor);
  };
}

function documentSignIn(access: Access): MethodDecorator[] {
  return [ApiSecurity('session'), ApiSecurity('sessionCookie'), ApiExtension(ACCESS_EXTENSION, access)];
}
