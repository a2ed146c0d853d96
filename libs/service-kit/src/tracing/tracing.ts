import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attributes, Context, Span, SpanKind, TextMapPropagator, Tracer } from '@opentelemetry/api';

export type { Attributes, Span } from '@opentelemetry/api';
/** Header fields as Node has them. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The parts of OpenTelemetry that tracing is made of; loaded only where it is on. */
export interface TracingParts {
  readonly api: typeof import('@opentelemetry/api');
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  readonly shutdown: () => Promise<void>;
}

/** The fields of W3C Trace Context. */
export const TRACE_FIELDS: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);
/** What else a client calls a method would make as many names of spans. */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

/**
 * Spans of what a process does. What is under way is known within each process of its own instance, not globally, so
 * that several services can run in one process. Neither names, ids of keys nor anything secret belongs in a span: they
 * leave the house.
 */
export class Tracing {
  private readonly underWay = new AsyncLocalStorage<Context>();

  constructor(private readonly parts: TracingParts) {}

  /**
   * Begins the span of a request from outside, as a part of the trace that its `traceparent` names.
   *
   * @param route the route's pattern: URLs hold ids and what people type
   */
  beginRequest(request: { readonly method?: string | undefined; readonly headers: HeaderFields }, route: string): Span {
    const method = KNOWN_METHODS.has(request.method ?? '') ? (request.method ?? '') : '_OTHER';
    const attributes = { 'http.request.method': method, 'http.route': route };
    const parent = this.parentOf(request.headers);
    return this.begin(`${method} ${route}`, { kind: this.parts.api.SpanKind.SERVER, attributes, parent });
  }

  /** Ends the span of a request; @param status null if nobody was there any more to be answered */
  endRequest(span: Span, status: number | null): void {
    if (status !== null) span.setAttribute('http.response.status_code', status);
    if (status !== null && status >= 500) span.setStatus({ code: this.parts.api.SpanStatusCode.ERROR });
    span.end();
  }

  /** Begins a span of something inside, as a part of what is under way; to be ended by who began it. */
  beginInside(name: string, attributes: Attributes = {}): Span {
    return this.begin(name, { kind: this.parts.api.SpanKind.INTERNAL, attributes, parent: this.underWay.getStore() });
  }

  /** A span around something inside. Of an error only its name is kept: messages may hold anything. */
  around<Result>(name: string, attributes: Attributes, run: () => Promise<Result>): Promise<Result> {
    return this.during(this.beginInside(name, attributes), run);
  }

  /**
   * A span around the answer to what came by other means than HTTP, as a part of the trace that its `traceparent`
   * names.
   */
  aroundAnswer<Result>(name: string, headers: HeaderFields, run: () => Promise<Result>): Promise<Result> {
    const parent = this.parentOf(headers);
    return this.during(this.begin(name, { kind: this.parts.api.SpanKind.SERVER, attributes: {}, parent }), run);
  }

  /** Runs something of which the span is what is under way, also beyond its awaits. */
  within<Result>(span: Span, run: () => Result): Result {
    return this.underWay.run(this.parts.api.trace.setSpan(this.parts.api.ROOT_CONTEXT, span), run);
  }

  /** Marks a span as failed. */
  fail(span: Span, error: unknown): void {
    span.setStatus({ code: this.parts.api.SpanStatusCode.ERROR });
    span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
  }

  /** The fields, name and value in turn, by which whoever is asked next goes on with the trace. */
  fieldsOf(span: Span): string[] {
    const { api, propagator } = this.parts;
    const fields: string[] = [];
    propagator.inject(api.trace.setSpan(api.ROOT_CONTEXT, span), fields, {
      set: (_carrier, name, value) => {
        fields.push(name, value);
      },
    });
    return fields;
  }

  /** Sends what has been collected. */
  async close(): Promise<void> {
    await this.parts.shutdown();
  }

  private async during<Result>(span: Span, run: () => Promise<Result>): Promise<Result> {
    try {
      return await this.within(span, run);
    } catch (error) {
      this.fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  private parentOf(headers: HeaderFields): Context {
    const { api, propagator } = this.parts;
    return propagator.extract(api.ROOT_CONTEXT, headers, api.defaultTextMapGetter);
  }

  private begin(
    name: string,
    options: { readonly kind: SpanKind; readonly attributes: Attributes; readonly parent: Context | undefined },
  ): Span {
    const { attributes, kind, parent } = options;
    return this.parts.tracer.startSpan(name, { kind, attributes }, parent ?? this.parts.api.ROOT_CONTEXT);
  }
}
