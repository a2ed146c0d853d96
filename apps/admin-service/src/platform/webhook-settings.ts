import { z } from 'zod';

export const webhookSettings = {
  /** Lets webhooks go to loopback, private and link-local addresses, and over http. */
  KEYFOLD_WEBHOOKS_ALLOW_PRIVATE: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
};
