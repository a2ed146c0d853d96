import { createContext, type ReactNode, use } from 'react';
import type { Messages } from './en.js';

/** Each in its own language. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

interface Spoken {
  readonly language: Language;
  readonly messages: Messages;
}

const MessagesContext = createContext<Spoken | null>(null);

const STORED = 'keyfold.language';

/** What the person chose, else the first of the browser's languages that there is, else English. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(STORED) ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2));
  return wanted.find((tag): tag is Language => tag in LANGUAGES) ?? 'en';
}

export function storeLanguage(language: string): void {
  localStorage.setItem(STORED, language);
}

/** One chunk per language, so that nobody loads two. */
const catalogues: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: async () => (await import('./en.js')).en,
  de: async () => (await import('./de.js')).de,
};

export function loadMessages(language: Language): Promise<Messages> {
  return catalogues[language]();
}

export function MessagesProvider({ children, ...spoken }: Spoken & { readonly children: ReactNode }): ReactNode {
  return <MessagesContext value={spoken}>{children}</MessagesContext>;
}

export function useMessages(): Messages {
  return useSpoken().messages;
}

export function useLanguage(): Language {
  return useSpoken().language;
}

function useSpoken(): Spoken {
  const spoken = use(MessagesContext);
  if (spoken === null) throw new Error('There are no messages around this component.');
  return spoken;
}
