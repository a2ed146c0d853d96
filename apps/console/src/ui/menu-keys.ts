import type { KeyboardEvent } from 'react';

const ITEMS = '[role=menuitem], [role=menuitemcheckbox]';

export function menuItemsOf(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
}

/** The arrow keys, Home and End, and the first letters of an item, as in any menu. */
export function moveInMenu(event: KeyboardEvent<HTMLElement>): void {
  const items = menuItemsOf(event.currentTarget);
  const at = items.findIndex((item) => item === document.activeElement);
  const next = itemFor(event.key, items, at);
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function itemFor(key: string, items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  switch (key) {
    case 'ArrowDown':
      return items[(at + 1) % items.length];
    case 'ArrowUp':
      return items.at((at - 1) % items.length);
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    default: {
      if (key.length !== 1 || key === ' ') return undefined;
      const inTurn = [...items.slice(at + 1), ...items.slice(0, at + 1)];
      return inTurn.find(({ textContent }) => textContent.toLowerCase().startsWith(key.toLowerCase()));
    }
  }
}
