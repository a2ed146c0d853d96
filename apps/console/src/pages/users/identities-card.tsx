import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { identitiesQuery } from '../../api/queries.js';
import { readSignInOptions } from '../../api/session.js';
import type { OidcIdentity, User } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, layout, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';

const LinkIdentityDialog = lazy(async () => ({
  default: (await import('./link-identity-dialog.js')).LinkIdentityDialog,
}));
const UnlinkIdentityDialog = lazy(async () => ({
  default: (await import('./unlink-identity-dialog.js')).UnlinkIdentityDialog,
}));

/** By which accounts of an identity provider somebody signs in. */
export function IdentitiesCard({ user }: { readonly user: User }): ReactNode {
  const { identities: text } = useMessages();
  const mayManage = useMay()('users.manage');
  const [isLinking, setIsLinking] = useState(false);
  const [unlinking, setUnlinking] = useState<OidcIdentity | null>(null);
  const identities = useQuery(identitiesQuery(user.id));
  const options = useQuery({ queryKey: ['sign-in-options'], queryFn: readSignInOptions });
  const isConfigured = options.data?.oidc != null;
  const items = identities.data?.items ?? [];
  const link = mayManage && isConfigured && (
    <Button size="small" onPress={() => setIsLinking(true)}>
      {text.link}
    </Button>
  );
  return (
    <Card title={text.title} lead={text.lead} isFlush actions={items.length > 0 && link}>
      <ProblemNotice error={identities.error} onRetry={() => void identities.refetch()} />
      {identities.data === undefined ? (
        identities.error === null && <Loading />
      ) : items.length === 0 ? (
        <Empty title={text.none} action={link}>
          {options.data === undefined ? undefined : isConfigured ? text.noneText : text.notConfigured}
        </Empty>
      ) : (
        <IdentitiesTable identities={items} {...(mayManage && { onUnlink: setUnlinking })} />
      )}
      <Suspense>
        {isLinking && <LinkIdentityDialog userId={user.id} onClose={() => setIsLinking(false)} />}
        {unlinking !== null && (
          <UnlinkIdentityDialog
            user={user}
            identity={unlinking}
            isLast={items.length === 1}
            onClose={() => setUnlinking(null)}
          />
        )}
      </Suspense>
    </Card>
  );
}

interface IdentitiesTableProps {
  readonly identities: readonly OidcIdentity[];
  /** Left out where the reader may not do it. */
  readonly onUnlink?: (identity: OidcIdentity) => void;
}

function IdentitiesTable({ identities, onUnlink }: IdentitiesTableProps): ReactNode {
  const { identities: text } = useMessages();
  return (
    <Table
      label={text.title}
      columns={[{ name: text.identity }, { name: text.linkedAt }, { name: text.unlink, isHidden: true }]}
    >
      {identities.map((identity) => (
        <tr key={identity.id}>
          <td className={tableStyles.main}>
            {identity.subject === null ? (
              <span className={layout.soft}>{text.erased}</span>
            ) : (
              <bdi>{identity.subject}</bdi>
            )}
            <small>
              <bdi dir="ltr">{identity.issuer}</bdi>
            </small>
          </td>
          <td>
            <DateTime at={identity.linkedAt} dateOnly />
          </td>
          <td className={tableStyles.end}>
            {onUnlink !== undefined && identity.subject !== null && (
              <Button
                size="small"
                look="dangerQuiet"
                aria-label={text.unlinkNamed(identity.subject)}
                onPress={() => onUnlink(identity)}
              >
                {text.unlink}
              </Button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}
