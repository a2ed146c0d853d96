/** The messages of proto/ext-authz.proto as the loader delivers them: absent messages are null, absent texts empty. */
export interface CheckRequest {
  readonly attributes: {
    readonly source: {
      readonly address: { readonly socket_address: { readonly address: string } | null } | null;
    } | null;
    readonly request: { readonly http: CheckedHttp | null } | null;
    readonly context_extensions: Readonly<Record<string, string>>;
  } | null;
}

export interface CheckedHttp {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly header_map: { readonly headers: readonly RawHeader[] } | null;
}

export interface RawHeader {
  readonly key: string;
  readonly value: string;
  readonly raw_value: Uint8Array;
}

export interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string };
  /** False: the client's own header of that name is replaced. */
  readonly append: { readonly value: false };
}

export interface CheckResponse {
  readonly status: { readonly code: number };
  readonly ok_response?: { readonly headers: readonly HeaderOption[]; readonly headers_to_remove: readonly string[] };
  readonly denied_response?: {
    readonly status: { readonly code: number };
    readonly headers: readonly HeaderOption[];
    readonly body: string;
  };
}
