import type { Tracing } from '@keyfold/service-kit';
import type { FastRoute, RouteRequest } from './fast-lane.js';

/** The routes where tracing is on: each request is a span, and what is decided for it a part of that. */
export function tracedRoutes(routes: ReadonlyMap<string, FastRoute>, tracing: Tracing): ReadonlyMap<string, FastRoute> {
  return new Map([...routes].map(([path, route]) => [path, tracedRoute(path, route, tracing)]));
}

function tracedRoute(path: string, route: FastRoute, tracing: Tracing): FastRoute {
  const traced = (at: RouteRequest): Promise<void> | undefined => {
    const { request, requestId, response } = at;
    const span = tracing.beginRequest(request, path.endsWith('/') ? `${path}*` : path);
    span.setAttribute('keyfold.request_id', requestId);
    response.once('close', () => {
      tracing.endRequest(span, response.headersSent ? response.statusCode : null);
    });
    return tracing.within(span, () => route(at));
  };
  return Object.assign(traced, route.shown === undefined ? {} : { shown: route.shown });
}
