import type { ReactNode } from 'react';

const PATHS = {
  key: 'M21 8.500a5.5 5.5 0 0 1-7 5.300L11.5 16H9.500v2.500H7V21H3v-4l7.2-7A5.5 5.5 0 1 1 21 8.500zM16.5 7.500h.01',
  bell: 'M6 9a6 6 0 1 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7M10 20h4',
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.500a3.5 3.5 0 0 1 0 6.500M18 14.500c2 .8 3.5 2.8 3.5 5.5',
  roles: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM9 12l2 2 4-4',
  sliders: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5',
  gateway: 'M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01M12 8h5M12 16h5',
  hook: 'M9 8a3.5 3.5 0 1 1 5 3l3 5M12 8l-4 7M15 17a3 3 0 1 0 3-3M7 15a3 3 0 1 0 3 3h5',
  fork: 'M6 21v-5a4 4 0 0 1 4-4h4a4 4 0 0 0 4-4V4M6 21v-9M6 8V3M14.500 7.500 18 4l3.500 3.500',
  timeline: 'M5 4v16M5 7h9M5 12h14M5 17h7',
  question:
    'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M9.500 9.500a2.5 2.5 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500h.01',
  chart: 'M4 20h16M7 20v-6M12 20V5M17 20v-9',
  menu: 'M4 7h16M4 12h16M4 17h16',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" width="17" height="17" fill="none" stroke="currentColor">
      <path d={PATHS[name]} />
    </svg>
  );
}
