import { z } from 'zod';

/** A TCP port as text; 0 lets the system choose (tests). */
export const port = (fallback: number): z.ZodType<number, string | undefined> =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((value) => value <= 65_535, 'must be a port number')
    .default(fallback);

/** An absolute URL with one of the given schemes, e.g. `postgres:`. */
export const url = (...schemes: string[]): z.ZodString =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol),
      `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );

/** NATS servers, comma separated: URLs, or a host and its port. */
export const natsServers: z.ZodString = z
  .string()
  .refine((text) => text.split(',').every(isNatsServer), 'must be URLs that start with nats:// or tls://');

function isNatsServer(entry: string): boolean {
  const url = entry.includes('://') ? entry : `nats://${entry}`;
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  return hostname !== '' && (protocol === 'nats:' || protocol === 'tls:');
}

/** A comma separated list; blanks around entries are cut, empty entries refused by `item`. */
export const list = <Item extends z.ZodType<unknown, string>>(
  item: Item,
): z.ZodType<z.output<Item>[], string | undefined> =>
  z
    .string()
    .default('')
    .transform((text) => (text.trim() === '' ? [] : text.split(',').map((entry) => entry.trim())))
    .pipe(z.array(item));

/** Members that both services share; spread them into the service's own schema. */
export const sharedSettings = {
  KEYFOLD_HOST: z.string().default('127.0.0.1'),
  /** Where `/livez`, `/readyz` and `/metrics` listen, if elsewhere than the API. */
  KEYFOLD_OPS_HOST: z.string().optional(),
  KEYFOLD_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  KEYFOLD_DATA_DIR: z.string().optional(),
  /** The first entry makes, all verify. Short secrets can be guessed, so they are refused. */
  KEYFOLD_SHARED_SECRET: list(z.string().min(32, 'each entry must have at least 32 characters')).refine(
    (entries) => entries.length > 0,
    'is required',
  ),
  KEYFOLD_NATS_URL: natsServers.optional(),
  KEYFOLD_TRUSTED_PROXIES: list(
    z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'must be CIDR ranges or addresses'),
  ),
};
