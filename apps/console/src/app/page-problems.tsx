import { Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PermissionName } from '../api/queries.js';
import { useMessages } from '../text/messages-context.js';
import { Card, Empty, Page } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';

export function MissingPage(): ReactNode {
  const { pages } = useMessages();
  return (
    <Page title={pages.missing}>
      <Card isFlush>
        <Empty title={pages.missingTitle} action={<Link to="/">{pages.home}</Link>}>
          {pages.missingText}
        </Empty>
      </Card>
    </Page>
  );
}

export function MissingPermission({ permission }: { readonly permission: PermissionName }): ReactNode {
  const { pages } = useMessages();
  return (
    <Page title={pages.forbidden}>
      <Card isFlush>
        <Empty title={pages.forbiddenTitle(permission)} action={<Link to="/">{pages.home}</Link>}>
          {pages.forbiddenText}
        </Empty>
      </Card>
    </Page>
  );
}

export function PageProblem({ error }: { readonly error: unknown }): ReactNode {
  const { pages } = useMessages();
  const router = useRouter();
  return (
    <Page title={pages.failed}>
      <ProblemNotice error={error} onRetry={() => void router.invalidate()} />
    </Page>
  );
}
