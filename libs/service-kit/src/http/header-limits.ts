/**
 * The longest head of a request that any listener reads; a longer one is a 431. Cookies of SSO systems come to tens of
 * KiB, Envoy lets 60 KiB through, and proxies add the original URI once more. Node's default is 16 KiB.
 */
export const MAX_REQUEST_HEAD_BYTES = 80 * 1_024;

/** The longest head of an answer that is read from a service behind; a longer one is a 502. */
export const MAX_ANSWER_HEAD_BYTES = 64 * 1_024;
