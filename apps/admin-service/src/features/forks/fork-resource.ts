import { z } from 'zod';

/** A fork that stands: nobody has acknowledged it. */
const StandingFork = z
  .object({ position: z.int(), checkpoint: z.string(), size: z.int().nullable() })
  .meta({ id: 'StandingFork' });

const AcknowledgedFork = z
  .object({
    position: z.int(),
    checkpoint: z.string(),
    size: z.int().nullable(),
    previousOrigin: z.string(),
    origin: z.string(),
    recordPosition: z.int(),
    acknowledgedAt: z.string(),
    acknowledgedBy: z.string(),
  })
  .meta({ id: 'AcknowledgedFork' });
export type AcknowledgedFork = z.output<typeof AcknowledgedFork>;

export const LogForks = z
  .object({
    origin: z.string(),
    publicKey: z.string(),
    fork: StandingFork.nullable(),
    confirms: z.boolean(),
    acknowledged: z.array(AcknowledgedFork),
  })
  .meta({ id: 'LogForks' });
export type LogForks = z.output<typeof LogForks>;
