import { type ReactNode, useRef } from 'react';
import { useMessages } from '../../text/messages-context.js';
import { Tags } from '../../ui/badge.js';
import { menuItemsOf, moveInMenu } from '../../ui/menu-keys.js';
import fieldStyles from '../../ui/field.module.css';
import styles from './roles-menu.module.css';

export interface RolesMenuProps {
  readonly roles: readonly { readonly id: string; readonly name: string }[];
  readonly selected: ReadonlySet<string>;
  readonly isDisabled: boolean;
  readonly onChange: (selected: ReadonlySet<string>) => void;
}

const ID = 'roles-menu';

/**
 * The drop-down list beside "Roles": one may choose several, and nothing is written before Save. It is the browser's
 * own popover, which closes by Escape and by a press elsewhere and gives the focus back.
 */
export function RolesMenu({ roles, selected, isDisabled, onChange }: RolesMenuProps): ReactNode {
  const { users: text } = useMessages();
  const button = useRef<HTMLButtonElement>(null);
  const names = roles.filter(({ id }) => selected.has(id)).map(({ name }) => name);
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return (
    <div className={fieldStyles.field}>
      <span className={fieldStyles.label} id="roles-label">
        {text.roles}
      </span>
      <button
        ref={button}
        type="button"
        className={styles.button}
        disabled={isDisabled}
        aria-haspopup="menu"
        aria-labelledby="roles-label roles-chosen"
        popoverTarget={ID}
      >
        <span id="roles-chosen">{names.length === 0 ? text.noRoles : <Tags of={names} />}</span>
        <span className={styles.arrow} aria-hidden="true" />
      </button>
      <div
        id={ID}
        popover="auto"
        role="menu"
        aria-label={text.roles}
        className={styles.menu}
        onBeforeToggle={({ currentTarget }) => placeBelow(currentTarget, button.current)}
        onToggle={({ currentTarget, newState }) => {
          if (newState === 'open') menuItemsOf(currentTarget)[0]?.focus();
        }}
        onKeyDown={moveInMenu}
      >
        {roles.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            role="menuitemcheckbox"
            aria-checked={selected.has(id)}
            tabIndex={-1}
            className={styles.item}
            onClick={() => toggle(id)}
          >
            <span className={styles.tick} aria-hidden="true" />
            <bdi>{name}</bdi>
          </button>
        ))}
      </div>
    </div>
  );
}

/** In the page's own measure, so that both move alike when it is scrolled. */
function placeBelow(menu: HTMLElement, button: HTMLElement | null): void {
  if (button === null) return;
  const { bottom, left, width } = button.getBoundingClientRect();
  Object.assign(menu.style, { top: `${bottom + scrollY + 4}px`, left: `${left + scrollX}px`, minWidth: `${width}px` });
}
