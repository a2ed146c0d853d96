import { readFileSync } from 'node:fs';
import { childrenOf } from '@keyfold/local-servers';
import type { Stack } from '@keyfold/testing/stack';

/** The id of a service's process in a running product. */
export function processOf(stack: Stack, service: 'admin-service' | 'auth-gateway'): number {
  const found = childrenOf(stack.process.pid ?? 0).find((pid) => commandLineOf(pid).includes(service));
  if (found === undefined) throw new Error(`no process of ${service}`);
  return found;
}

const commandLineOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
