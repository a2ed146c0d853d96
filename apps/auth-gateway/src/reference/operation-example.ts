/** By operation id, then by name: an exchange that was recorded with the real service. */
export type OperationExamples = Readonly<
  Record<
    string,
    Readonly<Record<string, { readonly request?: unknown; readonly status: number; readonly answer?: unknown }>>
  >
>;
