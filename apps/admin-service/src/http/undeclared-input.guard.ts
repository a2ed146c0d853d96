import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { fieldProblem, invalidRequest, pointerToken } from '@keyfold/service-kit';
import { UnreadableBody } from './json-body.js';

const UNKNOWN_QUERY = 'The URL has query parameters that are not known here.';

/** Refuses query parameters and body members on routes that declare none: a misspelt `?dryrun=true` must not write. */
@Injectable()
export class UndeclaredInputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const declared = declaredInputs(context);
    if (request.body instanceof UnreadableBody) throw request.body.problem;
    demandReadableQuery(request);
    // No body is the same as an empty one: the schema then says which members are missing, if any are required.
    request.body ??= {};
    if (!declared.has(RouteParamtypes.QUERY)) refuseMembers(request.query, UNKNOWN_QUERY);
    if (!declared.has(RouteParamtypes.BODY)) refuseMembers(request.body, 'The body has unknown members.');
    return true;
  }
}

function declaredInputs(context: ExecutionContext): Set<number> {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ??
    {}) as Record<string, unknown>;
  // `<type>:<index>`. A parameter decorator of our own has a random id in the type's place, which may well begin with
  // the digit of another type.
  return new Set(Object.keys(args).flatMap((key) => (/^\d+:/.test(key) ? [Number.parseInt(key, 10)] : [])));
}

/** The parser mends bytes that are not UTF-8, and the schemas pass over `__proto__`. */
function demandReadableQuery({ query, url }: FastifyRequest): void {
  const start = url.indexOf('?');
  if (start >= 0 && !isPercentEncoded(url.slice(start)))
    throw invalidRequest('The query cannot be read.', [fieldProblem('', 'NOT_PERCENT_ENCODED')]);
  if (typeof query === 'object' && query !== null && Object.hasOwn(query, '__proto__'))
    refuseMembers({ ['__proto__']: null }, UNKNOWN_QUERY);
}

/** A percent sign that begins no escape stands for itself (WHATWG URL), as in `?query=100%`. */
function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text.replaceAll(/%(?![\dA-Fa-f]{2})/g, '%25'));
    return true;
  } catch {
    return false;
  }
}

function refuseMembers(input: unknown, detail: string): void {
  const names = typeof input === 'object' && input !== null ? Object.keys(input) : [];
  if (names.length === 0) return;
  const errors = names.slice(0, 50).map((name) => fieldProblem(`/${pointerToken(name)}`, 'UNKNOWN'));
  throw invalidRequest(detail, errors);
}
