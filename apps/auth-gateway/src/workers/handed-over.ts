import type { Worker } from 'node:cluster';

interface Handle {
  close(): void;
}

/**
 * Watches the connections that node:cluster hands to a worker, one at a time for each port. It closes its own end of one when the worker says
 * that it has it; of a worker that dies first nobody ever says anything, and the client would wait on an open connection for good.
 *
 * @returns closes what the worker did not live to take; a connection that it has taken is not touched by this
 */
export function watchHandedOver({ process }: Worker): () => void {
  const latest = new Map<unknown, Handle>();
  const send = process.send.bind(process) as (...args: unknown[]) => boolean;
  process.send = (...args: unknown[]): boolean => {
    const [message, handle] = args;
    if (isHandle(handle)) latest.set((message as { key?: unknown }).key, handle);
    return send(...args);
  };
  return () => {
    // Closing twice does nothing.
    for (const handle of latest.values()) handle.close();
    latest.clear();
  };
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';
}
