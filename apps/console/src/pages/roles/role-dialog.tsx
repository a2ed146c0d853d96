import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { roleAsOpenedQuery } from '../../api/queries.js';
import type { Role } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Dialog } from '../../ui/dialog.js';
import { Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { RoleForm } from './role-form.js';

export interface RoleDialogProps {
  /** Null for a new one. */
  readonly role: Pick<Role, 'id' | 'name'> | null;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

/** Creates a role, or changes one. */
export function RoleDialog({ role, onClose, onDeleted }: RoleDialogProps): ReactNode {
  const { roles: text } = useMessages();
  const opened = useQuery({ ...roleAsOpenedQuery(role?.id ?? ''), enabled: role !== null });
  const callbacks = { onClose, ...(onDeleted !== undefined && { onDeleted }) };
  return (
    <Dialog title={role === null ? text.create : text.editNamed(role.name)} onClose={onClose} isWide>
      <ProblemNotice error={opened.error} onRetry={() => void opened.refetch()} />
      {role === null ? (
        <RoleForm current={null} {...callbacks} />
      ) : opened.data === undefined ? (
        opened.error === null && <Loading />
      ) : (
        <RoleForm current={opened.data} {...callbacks} />
      )}
    </Dialog>
  );
}
