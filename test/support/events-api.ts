import { expect } from '@jest/globals';
import type { AdminClient } from './http-client.js';

/** An item of `GET /v1/events`, as far as tests look at it. */
export type EventItem = Record<string, unknown> & {
  position: number;
  type: string;
  stream: string;
  recordedAt: string;
};

/** The items of one page of a list. */
export async function itemsOf(client: AdminClient, path: string): Promise<EventItem[]> {
  const answer = await client.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.body['items'] as EventItem[];
}

/** All events, read page by page. */
export async function allEvents(client: AdminClient): Promise<EventItem[]> {
  const items: EventItem[] = [];
  for (let after = 0; ;) {
    const page = await itemsOf(client, `/v1/events?limit=200&after=${after}`);
    if (page.length === 0) return items;
    items.push(...page);
    after = page.at(-1)?.position ?? 0;
  }
}
