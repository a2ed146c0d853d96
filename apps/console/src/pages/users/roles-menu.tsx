import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useMessages } from '../../text/messages-context.js';
import { Tags } from '../../ui/badge.js';
import fieldStyles from '../../ui/field.module.css';
import styles from './roles-menu.module.css';

export interface RolesMenuProps {
  readonly roles: readonly { readonly id: string; readonly name: string }[];
  readonly selected: ReadonlySet<string>;
  readonly isDisabled: boolean;
  readonly onChange: (selected: ReadonlySet<string>) => void;
}

/** The drop-down list beside "Roles": one may choose several, and nothing is written before Save. */
export function RolesMenu({ roles, selected, isDisabled, onChange }: RolesMenuProps): ReactNode {
  const { users: text } = useMessages();
  const names = roles.filter(({ id }) => selected.has(id)).map(({ name }) => name);
  return (
    <div className={fieldStyles.field}>
      <span className={fieldStyles.label} id="roles-label">
        {text.roles}
      </span>
      <MenuTrigger>
        <Button className={styles.button ?? ''} isDisabled={isDisabled} aria-labelledby="roles-label roles-chosen">
          <span id="roles-chosen">{names.length === 0 ? text.noRoles : <Tags of={names} />}</span>
          <span className={styles.arrow} aria-hidden="true" />
        </Button>
        <Popover placement="bottom start">
          <Menu
            className={styles.menu ?? ''}
            aria-label={text.roles}
            selectionMode="multiple"
            shouldCloseOnSelect={false}
            selectedKeys={selected}
            onSelectionChange={(keys) => {
              onChange(keys === 'all' ? new Set(roles.map(({ id }) => id)) : new Set([...keys].map(String)));
            }}
          >
            {roles.map(({ id, name }) => (
              <MenuItem key={id} id={id} textValue={name} className={styles.item ?? ''}>
                <span className={styles.tick} aria-hidden="true" />
                <bdi>{name}</bdi>
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}
