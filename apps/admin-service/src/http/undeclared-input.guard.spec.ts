import 'reflect-metadata';
import { expect, test } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { UndeclaredInputGuard } from './undeclared-input.guard.js';

/** A call of a route whose parameters have these metadata keys. */
function call(parameterKeys: readonly string[], request: { body?: object; query?: object }): ExecutionContext {
  const controller = (): void => undefined;
  const route = (): void => undefined;
  const parameters = Object.fromEntries(parameterKeys.map((key) => [key, {}]));
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, parameters, controller, 'route');
  const context: Partial<ExecutionContext> = {
    getClass: () => controller as never,
    getHandler: () => route,
    switchToHttp: () => ({ getRequest: () => ({ query: {}, url: '/', ...request }) }) as never,
  };
  return context as ExecutionContext;
}

const guard = new UndeclaredInputGuard();

test.each([
  ['body', '3'],
  ['query', '4'],
])('the random id of a parameter decorator of our own is never taken for a declared %s', (input, digit) => {
  const request = { [input]: { unknown: '1' } };
  // Nest makes the id anew at each start: here one that begins with the digit of this input's type.
  expect(() => guard.canActivate(call([`${digit}af09__customRouteArgs__:0`], request))).toThrow('INVALID_REQUEST');
  expect(guard.canActivate(call([`${digit}:0`], request))).toBe(true);
});
