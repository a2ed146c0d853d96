import { type Span, TRACE_FIELDS, type Tracing } from '@keyfold/service-kit';
import type { Admitted } from './admission.js';
import type { Exchange } from './exchange.js';
import { ProxyHandler, type ProxyHandlerOptions } from './proxy-handler.js';

/** The same where tracing is on: each request is a span, and the upstream goes on with its trace. */
export class TracedProxyHandler extends ProxyHandler {
  private readonly spans = new WeakMap<Exchange, Span>();

  constructor(
    options: ProxyHandlerOptions,
    private readonly tracing: Tracing,
  ) {
    super(options);
  }

  protected override decide(exchange: Exchange, proceed: (admitted: Admitted) => void): void {
    const { request, requestId, response } = exchange;
    const span = this.tracing.beginRequest(request, 'reverse-proxy');
    span.setAttribute('keyfold.request_id', requestId);
    this.spans.set(exchange, span);
    // Of an upgraded connection the answer never ends: that is part of what the connection carries.
    const ending = request.headers.upgrade === undefined ? response : request.socket;
    ending.once('close', () => {
      this.tracing.endRequest(span, response.headersSent ? response.statusCode : null);
    });
    this.tracing.within(span, () => {
      super.decide(exchange, proceed);
    });
  }

  protected override fieldsFor(exchange: Exchange, admitted: Admitted): string[] {
    const all = super.fieldsFor(exchange, admitted);
    const fields: string[] = [];
    for (let at = 0; at < all.length; at += 2)
      if (!TRACE_FIELDS.has((all[at] ?? '').toLowerCase())) fields.push(all[at] ?? '', all[at + 1] ?? '');
    const span = this.spans.get(exchange);
    return span === undefined ? fields : [...fields, ...this.tracing.fieldsOf(span)];
  }
}
