import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type ApiDocument, operationsOf, type PlacedOperation } from './api-document.js';
import { closedSchema } from './closed-schemas.js';
import { shown } from './shown.js';

/** A request that a service has really been sent, and its answer. */
export interface Example {
  readonly request?: unknown;
  readonly status: number;
  /** None where the answer has no body, or bytes. */
  readonly answer?: unknown;
}

/** By operation id, then by name. */
export type Examples = Record<string, Record<string, Example>>;

export interface Call {
  /** A bearer token, or the value of an `Authorization` field. */
  readonly as?: string | undefined;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the example, for operations that have several; null: not kept as an example. */
  readonly name?: string | null;
}

/** A refusal that a caller can bring about: the operation, the code, the request. */
export type Provocation = readonly [operationId: string, code: string, call: Call];

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly isJson: boolean;
  readonly text: string;
}

/** Calls a service by operation ids, holds each answer against the document, and keeps the exchanges as examples. */
export class ExampleRecorder {
  readonly examples: Examples = {};
  /** Where an answer was not what the document says. */
  readonly faults: string[] = [];
  /** Codes with which each operation has refused. */
  readonly refused = new Map<string, Set<string>>();
  private readonly operations: ReadonlyMap<string, PlacedOperation>;
  private readonly ajv: Ajv2020;

  constructor(
    private readonly document: ApiDocument,
    private readonly baseUrl: string,
  ) {
    this.operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
    this.ajv = new Ajv2020({ strict: false });
    addFormats.default(this.ajv);
  }

  /**
   * Calls an operation that is to succeed. A write is first sent with an `If-Match` that no version meets: it must be
   * refused where the
   * document names VERSION_CONFLICT, and nowhere else.
   *
   * @throws Error if the answer is no success
   */
  async call(id: string, call: Call = {}): Promise<RecordedAnswer> {
    const operation = this.operation(id);
    const checked = await this.withVersionCheck(operation, call);
    const answer = checked ?? (await this.send(operation, call));
    if (answer.status >= 400) throw new Error(`${id} answers ${answer.status}: ${answer.text}`);
    this.check(operation, answer);
    const { name = 'example' } = call;
    if (name !== null) this.keep(id, name, { call, answer });
    return answer;
  }

  /**
   * Calls an operation that is to be refused.
   *
   * @returns the problem and the example that the document has for it
   * @throws Error if it is refused otherwise, or the document does not have this refusal
   */
  async refuse(id: string, code: string, call: Call = {}): Promise<{ problem: unknown; documented: unknown }> {
    const operation = this.operation(id);
    const answer = await this.send(operation, call);
    this.check(operation, answer);
    const documented = Object.values(operation.responses[String(answer.status)]?.content ?? {})
      .flatMap(({ examples = {} }) => Object.entries(examples))
      .find(([name]) => name === code)?.[1].value;
    if (documented === undefined)
      this.faults.push(`${id} shows no ${code}, and answers ${answer.status}: ${answer.text}`);
    this.refused.set(id, (this.refused.get(id) ?? new Set()).add(code));
    return { problem: answer.body, documented };
  }

  private operation(id: string): PlacedOperation {
    const operation = this.operations.get(id);
    if (operation === undefined) throw new Error(`the document has no operation ${id}`);
    return operation;
  }

  /** @returns the answer, where the operation took no notice of the header and is done */
  private async withVersionCheck(operation: PlacedOperation, call: Call): Promise<RecordedAnswer | undefined> {
    // A preview writes nothing, so no version matters.
    if (operation.method === 'GET' || call.query?.['dryRun'] === 'true') return undefined;
    const headers = { ...call.headers, 'if-match': '"999999"' };
    const answer = await this.send(operation, { ...call, headers });
    const isRefused = answer.status === 412;
    if (isRefused !== (operation.responses['412'] !== undefined))
      this.faults.push(`${operation.operationId} with a stale If-Match answers ${answer.status}: ${answer.text}`);
    return isRefused ? undefined : answer;
  }

  private async send({ method, path }: PlacedOperation, call: Call): Promise<RecordedAnswer> {
    const { as, body, headers = {}, query = {} } = call;
    const url = new URL(this.baseUrl + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => call.path?.[name] ?? name));
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(as === undefined ? {} : { authorization: as.includes(' ') ? as : `Bearer ${as}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json\b/.test((response.headers.get('content-type') ?? '').replace('x-ndjson', ''));
    const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, body: parsed, isJson };
  }

  /** The document has this status, this type and this shape. */
  private check({ operationId, responses }: PlacedOperation, answer: RecordedAnswer): void {
    const { headers, status, text } = answer;
    const content = responses[String(status)]?.content;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const isEmpty = text === '' && responses[String(status)] !== undefined && content === undefined;
    const schema = content?.[type]?.schema;
    if (schema !== undefined) this.checkBody(`${operationId} ${status}`, schema, answer);
    else if (!isEmpty) this.faults.push(`${operationId} does not document ${status} as ${type}: ${text}`);
  }

  private checkBody(place: string, schema: object, { body, isJson, text }: RecordedAnswer): void {
    const isValid = this.ajv.compile(closedSchema(schema, this.document));
    if (!isValid(isJson ? body : text)) this.faults.push(`${place}: ${JSON.stringify(isValid.errors)} of ${text}`);
  }

  private keep(id: string, name: string, { answer, call }: { call: Call; answer: RecordedAnswer }): void {
    const type = answer.headers.get('content-type') ?? '';
    const isText = /^text\/|ndjson/.test(type);
    const shownAnswer = isText ? shown(answer.text) : shown(answer.body);
    this.examples[id] ??= {};
    this.examples[id][name] = {
      ...(call.body === undefined ? {} : { request: shown(call.body) }),
      status: answer.status,
      ...(answer.text === '' || type.startsWith('application/octet-stream') ? {} : { answer: shownAnswer }),
    };
  }
}
