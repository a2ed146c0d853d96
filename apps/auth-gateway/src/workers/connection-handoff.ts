import type { Worker } from 'node:cluster';

interface Handle {
  close(): void;
}

/**
 * Watches the connections that node:cluster hands to a worker, one at a time for each port. Node closes the primary's
 * end once the worker confirms the connection. If the worker crashes first, no confirmation comes, and the client would
 * wait forever.
 *
 * @returns closes the connections that the worker did not confirm; those that it has taken are not affected
 */
export function watchHandoffs({ process }: Worker): () => void {
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
