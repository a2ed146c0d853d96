import type { ReactNode } from 'react';
import { serviceNow } from '../../api/clock.js';
import type { ApiKey } from '../../api/types.gen.js';
import type { Messages } from '../../text/en.js';
import { useLanguage, useMessages } from '../../text/messages-context.js';
import { Badge, type BadgeTone } from '../../ui/badge.js';
import { Ago, zonedTime } from '../../ui/time.js';

export interface KeyState {
  readonly tone: BadgeTone;
  readonly word: string;
  /** Why it is so and what helps; null where the word says it all. */
  readonly reason: string | null;
}

/** A key's state in words: whether a gateway accepts it now, and if not, why. */
export function keyState(key: ApiKey, { keys: text }: Messages): KeyState {
  if (key.acceptance.allowed)
    return key.status === 'superseded'
      ? { tone: 'warn', word: text.state.grace, reason: text.reason.grace }
      : { tone: 'good', word: text.state.works, reason: null };
  // Revoked before it was claimed, its reason is that no gateway knows it.
  if (key.status === 'revoked') return { tone: 'plain', word: text.state.revoked, reason: null };
  if (key.status === 'pending') return { tone: 'info', word: text.state.pending, reason: text.reason.pending };
  switch (key.acceptance.reason) {
    case 'REVOKED':
      return { tone: 'plain', word: text.state.revoked, reason: null };
    case 'SUPERSEDED':
      return { tone: 'plain', word: text.state.replaced, reason: null };
    case 'EXPIRED':
      return {
        tone: 'plain',
        word: text.state.expired,
        reason: key.effectiveExpiryBoundBy === 'policy' ? text.reason.expiredByPolicy : null,
      };
    case 'API_KEYS_DISABLED':
      return { tone: 'bad', word: text.state.refused, reason: text.reason.keysOff };
    case 'USER_DEACTIVATED':
      return { tone: 'bad', word: text.state.refused, reason: text.reason.deactivated };
    case 'SIGN_IN_NOT_GRANTED':
      return { tone: 'bad', word: text.state.refused, reason: text.reason.notGranted };
    case null:
    default:
      return { tone: 'bad', word: text.state.refused, reason: null };
  }
}

export function KeyBadge({ apiKey }: { readonly apiKey: ApiKey }): ReactNode {
  const { tone, word } = keyState(apiKey, useMessages());
  return <Badge tone={tone}>{word}</Badge>;
}

/** A key's name; one without a name is still one of its own. */
export function KeyName({ apiKey: { name, hint } }: { readonly apiKey: Pick<ApiKey, 'name' | 'hint'> }): ReactNode {
  const { keys } = useMessages();
  return name === null ? <>{keys.nameless(hint ?? '')}</> : <bdi>{name}</bdi>;
}

/** When it ends, and who says so. */
export function KeyExpiry({ apiKey }: { readonly apiKey: ApiKey }): ReactNode {
  const { keys } = useMessages();
  const language = useLanguage();
  const at = apiKey.effectiveExpiresAt;
  if (at === null) return <>{keys.expiryAtClaim}</>;
  if (apiKey.status === 'revoked') return <>–</>;
  return (
    <span title={zonedTime(at, language)}>
      {Date.parse(at) > serviceNow() ? keys.endsWord : keys.endedWord} <Ago at={at} />
      {apiKey.effectiveExpiryBoundBy === 'policy' && ` (${keys.byPolicy})`}
    </span>
  );
}

/** Whether anything can still be done about it. */
export function isLiving({ status }: ApiKey): boolean {
  return status === 'active' || status === 'pending' || status === 'superseded';
}
