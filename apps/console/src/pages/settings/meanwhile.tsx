import type { ReactNode } from 'react';
import type { Messages } from '../../text/en.js';
import { useMessages } from '../../text/messages-context.js';
import { Callout } from '../../ui/callout.js';
import { Facts } from '../../ui/layout.js';
import type { Draft } from './draft.js';

export interface MeanwhileProps {
  readonly changed: readonly (keyof Draft)[];
  readonly now: Draft;
}

/** What somebody else has changed while this form was open. */
export function Meanwhile({ changed, now }: MeanwhileProps): ReactNode {
  const { security: text } = useMessages();
  if (changed.length === 0) return null;
  return (
    <Callout tone="info" title={text.changedMeanwhile}>
      <Facts of={changed.map((name) => [labelOf(name, text), wordsOf(name, now, text)] as const)} />
      <p>{text.changedText}</p>
    </Callout>
  );
}

type Text = Messages['security'];

function labelOf(name: keyof Draft, text: Text): string {
  switch (name) {
    case 'apiKeyAuthenticationEnabled':
      return text.allow;
    case 'journal':
      return text.journal;
    case 'gatewayEnrolment':
      return text.gatewayEnrolment;
    case 'rateLimitRequests':
      return text.rateLimitRequests;
    case 'rateLimitSeconds':
      return text.rateLimitSeconds;
    case 'maxApiKeyLifetimeDays':
    case 'maxActiveKeysPerUser':
    case 'rotationGraceMaxSeconds':
    case 'gatewayLeaseSeconds':
    case 'journalRetentionDays':
      return text.fields[name].label;
  }
}

function wordsOf(name: keyof Draft, now: Draft, text: Text): string {
  const value = now[name];
  if (typeof value === 'boolean') return value ? text.on : text.off;
  const words: Readonly<Record<string, string>> = { ...text.journals, ...text.enrolments };
  return words[value] ?? value;
}
