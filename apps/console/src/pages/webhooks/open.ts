import type { Webhook } from '../../api/types.gen.js';

/** A dialog that is open, and for which webhook; creating one is for none. */
export type Open =
  | { readonly what: 'create' }
  | { readonly what: 'edit' | 'deliveries' | 'rotate' | 'delete'; readonly webhook: Webhook };
