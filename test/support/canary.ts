import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Every way in which a secret could have been written down: raw, URL-encoded, base64 (at each alignment), base64url and
 * hex.
 */
export function disguises(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // The first and last characters depend on the neighbours of the secret, so only the middle can be searched for.
    return text.slice(Math.ceil((offset * 4) / 3), -4);
  });
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      bytes.toString('hex'),
      ...base64,
      ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
  ];
}

/** Which of the secrets stand in a text or in bytes; names the place, never repeats the secret. */
export function leaks(where: string, content: string | Buffer, secrets: ReadonlyMap<string, string>): string[] {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  return [...secrets]
    .filter(([, secret]) => disguises(secret).some((disguise) => text.includes(disguise)))
    .map(([name]) => `${name} in ${where}`);
}

/** All rows of all tables of a database as text (`bytea` as hex). */
export async function tableTexts(connectionString: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name
         from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts = new Map<string, string>();
    for (const { name } of tables.rows) {
      const rows = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      texts.set(name, rows.rows.map(({ row }) => row).join('\n'));
    }
    const activity = await client.query<{ query: string }>('select query from pg_stat_activity');
    texts.set('pg_stat_activity', activity.rows.map(({ query }) => query).join('\n'));
    return texts;
  } finally {
    await client.end();
  }
}

/** Command lines of a process and all its descendants, by process id. */
export async function commandLines(root: number): Promise<Map<number, string>> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
    if (parent) parents.set(Number(entry), Number(parent));
  }
  const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  const lines = new Map<number, string>();
  for (const pid of [...parents.keys()].filter(isBelow)) {
    lines.set(pid, (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '));
  }
  return lines;
}

/** Regular files below a directory. */
export async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (entry.isFile()) files.push(path);
    else if (entry.isSymbolicLink()) await readlink(path);
  }
  return files;
}
