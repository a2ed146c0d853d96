import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import { get } from '../../api/http.js';
import type { ApiKey, IssuedApiKey } from '../../api/types.gen.js';
import { useLanguage, useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { CopyButton } from '../../ui/copy.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { layout } from '../../ui/layout.js';
import { Ago, zonedTime } from '../../ui/time.js';
import { useShownOnce } from '../../ui/use-shown-once.js';
import { snippet, type SnippetName, SNIPPETS } from './snippets.js';
import secretStyles from '../../ui/secret.module.css';
import styles from './my-keys.module.css';

export interface SecretDialogProps {
  readonly issued: IssuedApiKey;
  readonly gatewayUrl: string | null;
  readonly onClose: () => void;
}

/**
 * The one time that a key is on a screen. Nothing but its button closes it, leaving the page asks first, and the
 * browser keeps it neither in a
 * field nor when it puts the page aside.
 */
export function SecretDialog({ issued, gatewayUrl, onClose }: SecretDialogProps): ReactNode {
  const { keys } = useMessages();
  const { key } = issued;
  useShownOnce(key, onClose);
  if (key === null)
    return (
      <Dialog title={keys.replayedTitle} onClose={onClose}>
        <Callout tone="warn">{keys.replayedText}</Callout>
        <DialogFoot>
          <Button look="primary" onPress={onClose}>
            {keys.understood}
          </Button>
        </DialogFoot>
      </Dialog>
    );
  return (
    <Dialog title={keys.secretTitle} onClose={onClose} isInsistent isWide>
      <p className={layout.soft}>{keys.secretLead}</p>
      <Secret username={issued.username ?? ''} secret={key} />
      <Expires at={issued.effectiveExpiresAt} />
      <Snippets
        access={{ username: issued.username ?? '', key, url: `${gatewayUrl ?? 'https://gateway.example'}/v1/me` }}
      />
      <FirstUse keyId={issued.id} />
      <DialogFoot>
        <Button look="primary" onPress={onClose}>
          {keys.saved}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

function Secret({ username, secret }: { readonly username: string; readonly secret: string }): ReactNode {
  const { keys, signIn } = useMessages();
  const name = useRef<HTMLElement>(null);
  const code = useRef<HTMLElement>(null);
  return (
    <dl className={secretStyles.secret}>
      <dt>{signIn.username}</dt>
      <dd>
        <code ref={name} translate="no">
          {username}
        </code>
        <CopyButton text={username} source={() => name.current} />
      </dd>
      <dt>{keys.asPassword}</dt>
      <dd>
        <code ref={code} translate="no" data-testid="secret">
          {secret}
        </code>
        <CopyButton text={secret} label={keys.copyKey} look="primary" source={() => code.current} />
      </dd>
    </dl>
  );
}

function Expires({ at }: { readonly at: string | null }): ReactNode {
  const { keys } = useMessages();
  const language = useLanguage();
  return at === null ? null : <p className={layout.small}>{keys.endsOn(zonedTime(at, language))}</p>;
}

function Snippets({ access }: { readonly access: Parameters<typeof snippet>[1] }): ReactNode {
  const { keys } = useMessages();
  const [chosen, setChosen] = useState<SnippetName>('Zapier');
  const code = useRef<HTMLPreElement>(null);
  const text = snippet(chosen, access);
  return (
    <Tabs
      className={styles.snippets ?? ''}
      selectedKey={chosen}
      onSelectionChange={(key) => setChosen(SNIPPETS.find((name) => name === key) ?? 'curl')}
    >
      <TabList aria-label={keys.pasteInto} className={styles.snippetTabs ?? ''}>
        {SNIPPETS.map((name) => (
          <Tab key={name} id={name} className={styles.snippetTab ?? ''}>
            {name}
          </Tab>
        ))}
      </TabList>
      <TabPanel id={chosen} className={styles.snippetPanel ?? ''}>
        <pre ref={code} translate="no" dir="ltr">
          {text}
        </pre>
        <CopyButton text={text} source={() => code.current} />
      </TabPanel>
    </Tabs>
  );
}

/** Turns from "waiting" to "used 2 seconds ago" while the person tries the key elsewhere. */
function FirstUse({ keyId }: { readonly keyId: string }): ReactNode {
  const { keys } = useMessages();
  const { data } = useQuery({
    queryKey: ['first-use', keyId],
    queryFn: ({ signal }) => get<ApiKey>(`/v1/api-keys/${keyId}`, signal),
    refetchInterval: 2_000,
  });
  const usedAt = data?.lastUsedAt ?? null;
  return (
    <p className={styles.firstUse} data-used={usedAt !== null} role="status">
      {usedAt === null ? (
        keys.waitingForUse
      ) : (
        <>
          {keys.used} <Ago at={usedAt} />
        </>
      )}
    </p>
  );
}
