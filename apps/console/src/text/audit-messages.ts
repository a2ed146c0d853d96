import { use } from 'react';
import type { AuditMessages } from './en/audit.js';
import { type Language, useLanguage } from './messages-context.js';

/** In chunks of their own: whoever has no use for these pages does not load them. */
const catalogues: Readonly<Record<Language, () => Promise<AuditMessages>>> = {
  en: async () => (await import('./en/audit.js')).auditText,
  de: async () => (await import('./de/audit.js')).auditText,
};

const loaded = new Map<Language, Promise<AuditMessages>>();

/** Suspends until the texts are there. */
export function useAuditMessages(): AuditMessages {
  return use(inLanguage(useLanguage()));
}

function inLanguage(language: Language): Promise<AuditMessages> {
  const known = loaded.get(language);
  if (known !== undefined) return known;
  const loading = catalogues[language]();
  loaded.set(language, loading);
  // The next attempt asks again.
  loading.catch(() => loaded.delete(language));
  return loading;
}
