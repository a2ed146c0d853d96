import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import { type KeyPolicy, keyPolicyQuery, myKeysQuery } from '../../api/queries.js';
import type { ApiKey, IssuedApiKey } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Card, Empty, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { isLiving } from '../keys/key-state.js';
import { MyTabs } from '../my-tabs.js';
import { KeyItem } from './key-item.js';
import styles from './my-keys.module.css';

const route = getRouteApi('/shell/my/keys');

const CreateKeyDialog = lazy(async () => ({ default: (await import('./create-key-dialog.js')).CreateKeyDialog }));
const RotateDialog = lazy(async () => ({ default: (await import('./rotate-dialog.js')).RotateDialog }));
const RevokeDialog = lazy(async () => ({ default: (await import('../keys/revoke-dialog.js')).RevokeDialog }));
const SecretDialog = lazy(async () => ({ default: (await import('./secret-dialog.js')).SecretDialog }));

type Open = { readonly what: 'rotate' | 'revoke'; readonly key: ApiKey } | null;

/** My settings > Security and Identity: the own keys. */
export function MyKeysPage(): ReactNode {
  const { keys: text } = useMessages();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isCreating = route.useSearch().create === 'yes';
  const policy = useQuery(keyPolicyQuery);
  const [open, setOpen] = useState<Open>(null);
  // The one place where a key is after its answer came, until the dialog is closed.
  const [issued, setIssued] = useState<IssuedApiKey | null>(null);
  const keys = useQuery(myKeysQuery);
  const openCreate = (isOpen: boolean): void => {
    void navigate({ to: '/my/keys', search: isOpen ? { create: 'yes' } : {}, replace: true });
  };
  const show = (key: IssuedApiKey): void => {
    setIssued(key);
    setOpen(null);
    if (isCreating) openCreate(false);
    void queries.invalidateQueries({ queryKey: ['my-keys'] });
    void queries.invalidateQueries({ queryKey: ['api-keys'] });
    void queries.invalidateQueries({ queryKey: keyPolicyQuery.queryKey });
  };
  const forget = useCallback(() => setIssued(null), []);
  const mayCreate = policy.data !== undefined && whyNot(policy.data) === null;
  const create = mayCreate && (
    <Button look="primary" onPress={() => openCreate(true)}>
      {text.create}
    </Button>
  );
  return (
    <Page title={text.title} lead={text.lead} actions={create}>
      <MyTabs />
      {policy.data !== undefined && <PolicyNotices policy={policy.data} />}
      <ProblemNotice error={keys.error ?? policy.error} onRetry={() => void keys.refetch()} />
      {keys.data === undefined ? (
        keys.error === null && <Loading />
      ) : (
        <KeyLists keys={keys.data.items} onAction={setOpen} onIssued={show} create={create} />
      )}
      {policy.data !== undefined && (
        <KeyDialogs
          policy={policy.data}
          isCreating={isCreating && mayCreate}
          open={open}
          onClose={() => (open === null ? openCreate(false) : setOpen(null))}
          onIssued={show}
        />
      )}
      {issued !== null && (
        <Suspense fallback={<Loading />}>
          <SecretDialog issued={issued} gatewayUrl={policy.data?.gatewayUrl ?? null} onClose={forget} />
        </Suspense>
      )}
    </Page>
  );
}

interface KeyDialogsProps {
  readonly policy: KeyPolicy;
  readonly isCreating: boolean;
  readonly open: Open;
  readonly onClose: () => void;
  readonly onIssued: (key: IssuedApiKey) => void;
}

function KeyDialogs({ policy, isCreating, open, onClose, onIssued }: KeyDialogsProps): ReactNode {
  return (
    <Suspense>
      {open?.what === 'rotate' && <RotateDialog apiKey={open.key} {...{ policy, onClose, onIssued }} />}
      {open?.what === 'revoke' && <RevokeDialog apiKey={open.key} onClose={onClose} />}
      {open === null && isCreating && <CreateKeyDialog {...{ policy, onClose, onIssued }} />}
    </Suspense>
  );
}

interface KeyListsProps {
  readonly keys: readonly ApiKey[];
  readonly create: ReactNode;
  readonly onAction: (open: Open) => void;
  readonly onIssued: (key: IssuedApiKey) => void;
}

/** Those that may still work first; the others are history. */
function KeyLists({ keys, create, ...actions }: KeyListsProps): ReactNode {
  const { keys: text } = useMessages();
  const living = keys.filter(isLiving);
  const past = keys.filter((key) => !isLiving(key));
  const list = (items: readonly ApiKey[]): ReactNode => (
    <ul className={styles.list}>
      {items.map((key) => (
        <KeyItem key={key.id} apiKey={key} {...actions} />
      ))}
    </ul>
  );
  return (
    <>
      <Card title={text.current} isFlush>
        {living.length === 0 ? (
          <Empty title={text.none} action={create}>
            {text.noneText}
          </Empty>
        ) : (
          list(living)
        )}
      </Card>
      {past.length > 0 && (
        <Card title={text.past} isFlush>
          {list(past)}
        </Card>
      )}
    </>
  );
}

type Hindrance = 'keysOff' | 'noGenerate' | 'limitReached';

/** Why no key can be made now; null where one can. */
function whyNot(policy: KeyPolicy): Hindrance | null {
  if (!policy.apiKeyAuthenticationEnabled) return 'keysOff';
  if (!policy.mayGenerate) return 'noGenerate';
  return policy.activeKeys >= policy.maxActiveKeysPerUser ? 'limitReached' : null;
}

function PolicyNotices({ policy }: { readonly policy: KeyPolicy }): ReactNode {
  const { keys: text } = useMessages();
  const hindrance = whyNot(policy);
  return (
    <>
      {hindrance !== null && (
        <Callout tone="warn" title={text.hindrance[hindrance]}>
          {hindrance === 'limitReached'
            ? text.hindranceText.limitReached(policy.maxActiveKeysPerUser)
            : text.hindranceText[hindrance]}
        </Callout>
      )}
      {policy.apiKeyAuthenticationEnabled && !policy.maySignIn && (
        <Callout tone="warn" title={text.noSignIn}>
          {text.noSignInText}
        </Callout>
      )}
    </>
  );
}
