/** An operation as far as tests read it. */
export interface ApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Who may call it: `public`, `signed-in` or a permission. */
  readonly 'x-access'?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, ApiContent>> };
  readonly responses: Readonly<Record<string, ApiResponse>>;
}

export interface ApiParameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
}

export interface ApiContent {
  readonly schema: object;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface ApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, ApiContent>>;
}

/** The OpenAPI document of a service. */
export interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly description: string; readonly license: object };
  readonly servers: readonly object[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** An operation with its place. */
export interface PlacedOperation extends ApiOperation {
  /** In upper case. */
  readonly method: string;
  readonly path: string;
}

export async function fetchDocument(serviceUrl: string): Promise<ApiDocument> {
  return (await (await fetch(`${serviceUrl}/openapi.json`)).json()) as ApiDocument;
}

export function operationsOf({ paths }: ApiDocument): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
}
