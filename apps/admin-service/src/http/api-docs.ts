import type { RefusalCode } from './refusals.js';

/** What the OpenAPI document says about an operation beyond what follows from its schemas and its decorators. */
export interface OperationDoc {
  /**
   * The operation id, which generated clients use as the method's name. Unique and stable: a change breaks these
   * clients.
   */
  readonly id: string;
  /** In the imperative, without a full stop. */
  readonly summary: string;
  readonly notes?: string;
  /** Who may call it, where the handler checks more than its decorator says. */
  readonly needs?: string;
  /**
   * Beside the refusals that follow from the route: its shape, sign-in, permission, Idempotency-Key, unavailability.
   */
  readonly refuses: readonly RefusalCode[];
  /** What its own parameters mean, where the name alone has another meaning elsewhere. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Further media types of the answer, each with what the text holds. */
  readonly alsoAnswers?: Readonly<Record<string, string>>;
  /** A POST that writes nothing: it takes neither Idempotency-Key nor If-Match nor Prefer. */
  readonly readsOnly?: boolean;
}

/**
 * A sentence for each member of a component, with its unit and bounds; inner members by their path:
 * `acceptance.reason`.
 */
export type MemberDocs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a feature says about its part of the API. */
export interface FeatureDocs {
  readonly tag: { readonly name: string; readonly description: string };
  /** By `<controller without "Controller">.<method>`. */
  readonly operations: Readonly<Record<string, OperationDoc>>;
  readonly members: MemberDocs;
}

/** An exchange that was recorded with the real service. */
export interface OperationExample {
  readonly request?: unknown;
  readonly status: number;
  /** None where the answer has no body, or bytes. */
  readonly answer?: unknown;
}

/** By operation id, then by name. */
export type OperationExamples = Readonly<Record<string, Readonly<Record<string, OperationExample>>>>;

type Handler<Controller> = {
  [Name in keyof Controller]: Controller[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Controller] &
  string;

/**
 * The operations of a controller. Each of its public methods needs an entry, or it does not compile.
 *
 * @param name the controller's class name without "Controller"
 */
export function operationsOf<Controller>(
  name: string,
  docs: Readonly<Record<Handler<Controller>, OperationDoc>>,
): Readonly<Record<string, OperationDoc>> {
  return Object.fromEntries(
    Object.entries<OperationDoc>(docs).map(([method, operation]) => [`${name}.${method}`, operation]),
  );
}

/** @param refuses beside those that follow from the route */
export function operation(
  id: string,
  summary: string,
  refuses: readonly RefusalCode[] = [],
  more: Omit<OperationDoc, 'id' | 'summary' | 'refuses'> = {},
): OperationDoc {
  return { id, summary, refuses, ...more };
}
