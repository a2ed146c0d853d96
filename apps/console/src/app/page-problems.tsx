import { Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PermissionName } from '../api/queries.js';
import { useMessages } from '../text/messages-context.js';
import { permissionText } from '../text/problem-text.js';
import { Button } from '../ui/button.js';
import { Callout } from '../ui/callout.js';
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
  const messages = useMessages();
  const { pages } = messages;
  return (
    <Page title={pages.forbidden}>
      <Card isFlush>
        <Empty
          title={pages.forbiddenTitle(permissionText(permission, messages))}
          action={<Link to="/">{pages.home}</Link>}
        >
          {pages.forbiddenText}
        </Empty>
      </Card>
    </Page>
  );
}

export function PageProblem({ error }: { readonly error: unknown }): ReactNode {
  const { pages, common } = useMessages();
  const router = useRouter();
  if (isMissingChunk(error))
    return (
      <Page title={pages.failed}>
        <Callout tone="warn" actions={<Button onPress={() => location.reload()}>{common.reload}</Button>}>
          {pages.outdated}
        </Callout>
      </Page>
    );
  return (
    <Page title={pages.failed}>
      <ProblemNotice error={error} onRetry={() => void router.invalidate()} />
    </Page>
  );
}

/**
 * A script or style that this page names cannot be loaded: a newer version of the console has other names, or the
 * service does not answer. Each browser words it differently.
 */
function isMissingChunk(error: unknown): boolean {
  return (
    error instanceof Error && /dynamically imported module|importing a module script|preload CSS/i.test(error.message)
  );
}
