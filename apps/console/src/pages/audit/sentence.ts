import type { Event } from '../../api/types.gen.js';
import type { Messages } from '../../text/en.js';
import { EventData } from '../../text/event-data.js';

/** What happened, as a sentence; a type that this page does not know is named as it is. */
export function sentenceOfEvent(event: Event, { timeline: { events } }: Messages): string {
  const sentence = Object.hasOwn(events, event.type) ? events[event.type as keyof typeof events] : undefined;
  return sentence === undefined ? event.type : sentence(new EventData(event.data));
}
