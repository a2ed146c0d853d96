import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type PermissionName, permissionsQuery } from '../../api/queries.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { permissionText } from '../../text/problem-text.js';
import { Checkbox } from '../../ui/choices.js';
import { dialogStyles } from '../../ui/dialog.js';
import { sentenceOf } from './role-text.js';

interface PermissionChoiceProps {
  readonly chosen: ReadonlySet<PermissionName>;
  readonly onChange: (chosen: ReadonlySet<PermissionName>) => void;
}

/** A box for each permission. Nobody can give what they do not have. */
export function PermissionChoice({ chosen, onChange }: PermissionChoiceProps): ReactNode {
  const messages = useMessages();
  const { roles: text } = messages;
  const may = useMay();
  const permissions = useQuery(permissionsQuery);
  const toggle = (name: PermissionName, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(name);
    else next.delete(name);
    onChange(next);
  };
  return (
    <fieldset className={dialogStyles.form}>
      <legend>
        <strong>{text.permissions}</strong>
      </legend>
      {permissions.data?.items.map(({ permission, description }) => (
        <Checkbox
          key={permission}
          label={sentenceOf(permission, text) ?? description}
          hint={may(permission) ? permission : text.beyondYours(permissionText(permission, messages))}
          isDisabled={!may(permission)}
          isSelected={chosen.has(permission)}
          onChange={(isChosen) => toggle(permission, isChosen)}
        />
      ))}
    </fieldset>
  );
}
