import { rm } from 'node:fs/promises';
import { type LocalNats, type NatsOptions, startNats } from '@keyfold/local-servers';
import { makeServerFolder } from './server-folder.js';

export interface TestNats {
  readonly url: string;
  readonly port: number;
  /** Where the streams are; a test may damage it while the server is stopped. */
  readonly storeDir: string;
  /** Stops the server and removes its store. */
  stop(): Promise<void>;
  /** Stops the server and leaves the store. */
  pause(): Promise<void>;
  /** SIGKILL; the store stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and store, stopping it first if it runs. */
  restart(): Promise<void>;
  /** Process id of the running server. */
  pid(): number;
}

/** A nats-server with JetStream of this test file's own, on a free port, in a temporary folder. */
export async function startTestNats(
  options: Pick<NatsOptions, 'users' | 'maxPayloadBytes' | 'log'> = {},
): Promise<TestNats> {
  const storeDir = await makeServerFolder('keyfold-nats-');
  let server: LocalNats = await startNats({ ...options, storeDir });
  const { port, url } = server;
  return {
    url,
    port,
    storeDir,
    pid: () => server.pid,
    stop: async () => {
      await server.stop();
      await rm(storeDir, { recursive: true, force: true });
    },
    pause: () => server.stop(),
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      server = await startNats({ ...options, storeDir, port });
    },
  };
}
