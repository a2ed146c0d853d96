import { type LocalNats, type LocalPostgres, PortTakenError, startNats, startPostgres } from '@keyfold/local-servers';
import type { DataDirectory } from './data-directory.js';
import { LogFile } from './log-file.js';
import { natsUsers } from './nats-users.js';
import { keptPort } from './port-check.js';
import type { Credentials } from './secrets.js';
import { Supervised } from './supervised.js';

/** A Postgres of our own that is started again when it ends, always on the port of the first start. */
export function embeddedPostgres(data: DataDirectory, log: (line: string) => void): Supervised<LocalPostgres> {
  const file = new LogFile(data.file('logs/postgres.log'));
  let port: number | undefined;
  return new Supervised(
    'Postgres',
    async () => {
      const note = (line: string): void => {
        file.write(line);
        if (isOurs(line)) log(line);
      };
      const server = await onKeptPort(data, 'postgres', port, (chosen) =>
        startPostgres({ dataDir: data.path, port: chosen, log: note }),
      );
      port = server.port;
      return server;
    },
    log,
  );
}

/** A nats-server of our own, with a login for each service. */
export function embeddedNats(
  data: DataDirectory,
  credentials: Credentials,
  program: string,
  log: (line: string) => void,
): Supervised<LocalNats> {
  const file = new LogFile(data.file('logs/nats-server.log'));
  let port: number | undefined;
  return new Supervised(
    'nats-server',
    async () => {
      const server = await onKeptPort(data, 'nats', port, (chosen) =>
        startNats({
          storeDir: data.file('nats'),
          port: chosen,
          users: natsUsers(credentials),
          program,
          log: file.write,
        }),
      );
      port = server.port;
      return server;
    },
    log,
  );
}

/** Services hold the URL of the first start, so later starts insist on its port; the first one may look for another. */
async function onKeptPort<Server>(
  data: DataDirectory,
  name: 'postgres' | 'nats',
  fixed: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (fixed !== undefined) return start(fixed);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await keptPort(data, name));
    } catch (error) {
      // Taken between the look and the start.
      if (!(error instanceof PortTakenError) || attempt >= 5) throw error;
    }
  }
}

/** The server's own log lines start with the time; the rest is what the operator must know about where things are. */
function isOurs(line: string): boolean {
  return !/^\d{4}-\d\d-\d\d /.test(line);
}
