import type { ReactNode } from 'react';
import type { User } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Badge } from '../../ui/badge.js';

export function UserBadge({ status }: Pick<User, 'status'>): ReactNode {
  const { users: text } = useMessages();
  const tone = status === 'active' ? 'good' : status === 'deactivated' ? 'warn' : 'plain';
  return <Badge tone={tone}>{text.statuses[status]}</Badge>;
}
