import { once } from 'node:events';
import { nodeCommand, startChild } from '../support/child.js';

/**
 * Runs a module of this build in a process of its own until it has sent its one message. @throws Error if it sends none
 */
export async function messageOf<Message>(module: string, ...args: readonly string[]): Promise<Message> {
  const child = startChild(nodeCommand(module, ...args));
  const ended = once(child.process, 'exit').then(() => {
    throw new Error(`${module} ended without a result:\n${child.output().slice(-2000)}`);
  });
  const [message] = (await Promise.race([once(child.process, 'message'), ended])) as [Message];
  await ended.catch(() => undefined);
  return message;
}
