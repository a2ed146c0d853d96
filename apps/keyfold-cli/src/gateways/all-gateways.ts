import { requestService } from '../service.js';
import type { Terminal } from '../terminal.js';
import type { Gateway } from './fleet-table.js';

const PAGE = '200';

/** Every gateway that the admin-service lists, page by page. @throws CommandError if it cannot be reached or refuses */
export async function allGateways(terminal: Terminal): Promise<readonly Gateway[]> {
  const gateways: Gateway[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = cursor === null ? { limit: PAGE } : { limit: PAGE, cursor };
    const answer = await requestService(terminal, 'v1/gateways', { query });
    const page = (await answer.json()) as { items: Gateway[]; nextCursor: string | null };
    gateways.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return gateways;
}
