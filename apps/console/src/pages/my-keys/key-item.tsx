import type { ReactNode } from 'react';
import { call } from '../../api/http.js';
import type { ApiKey, IssuedApiKey } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Ago, DateTime } from '../../ui/time.js';
import { isLiving, KeyBadge, KeyExpiry, KeyName, keyState } from '../keys/key-state.js';
import { loadSecretDialog } from './load-secret-dialog.js';
import styles from './my-keys.module.css';

export interface KeyItemProps {
  readonly apiKey: ApiKey;
  readonly onAction: (open: { readonly what: 'rotate' | 'revoke'; readonly key: ApiKey }) => void;
  readonly onIssued: (key: IssuedApiKey) => void;
}

/** One own key: what it is called, whether it works, until when, and what can be done. */
export function KeyItem({ apiKey, onAction, onIssued }: KeyItemProps): ReactNode {
  const messages = useMessages();
  const { keys: text } = messages;
  const { reason } = keyState(apiKey, messages);
  const may = useMay();
  const claim = useAction(async () => {
    await loadSecretDialog();
    return (await call<IssuedApiKey>('POST', `/v1/me/api-keys/${apiKey.id}/claim`)).body;
  }, onIssued);
  const name = apiKey.name ?? text.nameless(apiKey.hint ?? '');
  return (
    <li>
      <div>
        <h3 className={styles.name}>
          <KeyName apiKey={apiKey} />
          {apiKey.hint !== null && <code title={text.hint}>…{apiKey.hint}</code>}
          <KeyBadge apiKey={apiKey} />
        </h3>
        <KeyFacts apiKey={apiKey} />
        {reason !== null && <p className={styles.reason}>{reason}</p>}
        <ActionStatus of={claim} />
      </div>
      {isLiving(apiKey) && (
        <div className={styles.buttons}>
          {apiKey.status === 'pending' && (
            <Button look="primary" size="small" isBusy={claim.isBusy} onPress={() => claim.start()}>
              {text.claim}
            </Button>
          )}
          {apiKey.status === 'active' && may('api-key.generate') && (
            <Button
              size="small"
              aria-label={text.rotateNamed(name)}
              onPress={() => onAction({ what: 'rotate', key: apiKey })}
            >
              {text.rotate}
            </Button>
          )}
          <Button
            look="dangerQuiet"
            size="small"
            aria-label={text.revokeNamed(name)}
            onPress={() => onAction({ what: 'revoke', key: apiKey })}
          >
            {text.revoke}
          </Button>
        </div>
      )}
    </li>
  );
}

function KeyFacts({ apiKey }: { readonly apiKey: ApiKey }): ReactNode {
  const { keys: text, reasons } = useMessages();
  return (
    <p className={styles.facts}>
      {isLiving(apiKey) && (
        <span>
          <KeyExpiry apiKey={apiKey} />
        </span>
      )}
      {apiKey.supersededUntil !== null && isLiving(apiKey) && (
        <span>
          {text.graceEnds} <Ago at={apiKey.supersededUntil} />
        </span>
      )}
      {apiKey.revokedAt !== null && (
        <span>
          {text.revokedAt} <DateTime at={apiKey.revokedAt} />
          {apiKey.revocationReason !== null && ` (${reasonOf(apiKey.revocationReason, reasons)})`}
        </span>
      )}
      <span>
        {text.created} <DateTime at={apiKey.createdAt} dateOnly />
      </span>
      <span>{apiKey.lastUsedAt === null ? text.neverUsed : <UsedAgo at={apiKey.lastUsedAt} />}</span>
      {apiKey.readOnly && <span>{text.readOnly}</span>}
      {apiKey.allowedIpRanges !== null && <span dir="ltr">{apiKey.allowedIpRanges.join(', ')}</span>}
    </p>
  );
}

function UsedAgo({ at }: { readonly at: string }): ReactNode {
  const { keys } = useMessages();
  return (
    <>
      {keys.used} <Ago at={at} />
    </>
  );
}

/** A reason that a newer service may know and this page does not is shown as it is. */
function reasonOf(reason: string, reasons: Readonly<Record<string, string>>): string {
  return reasons[reason] ?? reason;
}
