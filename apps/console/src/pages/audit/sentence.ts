import type { Event } from '../../api/types.gen.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import type { AuditMessages } from '../../text/en/audit.js';
import { EventData } from '../../text/event-data.js';
import { useLanguage } from '../../text/messages-context.js';
import { localTime } from '../../ui/time.js';

/** What happened, as a sentence; a type that this page does not know is named as it is. */
export function useSentenceOfEvent(): (event: Pick<Event, 'type' | 'data'>) => string {
  const { sentences } = useAuditMessages();
  const language = useLanguage();
  return ({ data, type }) => {
    const sentence: ((data: EventData) => string) | undefined = isKnown(sentences, type) ? sentences[type] : undefined;
    return sentence?.(new EventData(data, (at) => localTime(at, language))) ?? type;
  };
}

function isKnown(
  sentences: AuditMessages['sentences'],
  type: string,
): type is Extract<keyof AuditMessages['sentences'], string> {
  return Object.hasOwn(sentences, type);
}
