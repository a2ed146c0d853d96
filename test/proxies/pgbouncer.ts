import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, spawnGuarded } from '@keyfold/local-servers';

/** A PgBouncer between the services and Postgres. */
export interface RunningPgBouncer {
  /** The same URL by way of it. */
  through(url: string): string;
  stop(): Promise<void>;
}

const STOP_MS = 10_000;
/** Whom it becomes when root starts it, as it insists on. */
const NOBODY = { name: 'nobody', id: 65_534 };

/**
 * Starts Debian's PgBouncer in front of a Postgres, with the values of Debian's own file but for ports, folders and
 * these settings.
 *
 * @param urls of everybody who may come, with their passwords, all of one Postgres
 */
export async function startPgBouncer(
  urls: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningPgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-pgbouncer-'));
  const port = await freePort();
  const server = new URL(urls[0] ?? '');
  const users = urls.map((url) => new URL(url)).map(({ password, username }) => `"${username}" "${password}"\n`);
  const isRoot = process.getuid?.() === 0;
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'md5',
    auth_file: join(folder, 'userlist.txt'),
    ...(isRoot ? { user: NOBODY.name } : {}),
    ...settings,
  };
  const config = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port}`,
    '[pgbouncer]',
    ...Object.entries(lines).map(([name, value]) => `${name} = ${value}`),
  ];
  await writeFile(lines.auth_file, users.join(''), { mode: 0o600 });
  await writeFile(join(folder, 'pgbouncer.ini'), `${config.join('\n')}\n`, { mode: 0o600 });
  if (isRoot) {
    await chmod(folder, 0o755);
    await chown(lines.auth_file, NOBODY.id, NOBODY.id);
  }
  const said: string[] = [];
  let isUp: (up: boolean) => void = () => undefined;
  const up = new Promise<boolean>((resolve) => {
    isUp = resolve;
  });
  const child = await spawnGuarded({
    program: 'pgbouncer',
    args: [join(folder, 'pgbouncer.ini')],
    cwd: folder,
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    orphanSignal: 'INT',
    onLine: (line) => {
      said.push(line);
      if (line.includes('process up')) isUp(true);
    },
  });
  void child.exited.then(() => {
    isUp(false);
  });
  if (!(await up)) throw new Error(`pgbouncer did not start:\n${said.join('\n')}`);
  return {
    through: (url) => {
      const address = new URL(url);
      address.host = `127.0.0.1:${port}`;
      return address.href;
    },
    stop: async () => {
      await child.stop('SIGINT', STOP_MS);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
