import { type ReactNode, useEffect, useState } from 'react';
import { serviceNow } from '../api/clock.js';
import { useLanguage } from '../text/messages-context.js';

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** An instant as the reader's own date and time; UTC on hover. */
export function DateTime({ at, dateOnly = false }: { readonly at: string; readonly dateOnly?: boolean }): ReactNode {
  const language = useLanguage();
  return (
    <time dateTime={at} title={utc(at)}>
      {localTime(at, language, dateOnly)}
    </time>
  );
}

/** "in 3 months", "2 seconds ago"; the exact local time and UTC on hover. It goes on counting. */
export function Ago({ at }: { readonly at: string }): ReactNode {
  const language = useLanguage();
  const now = useNow(Math.abs(serviceNow() - Date.parse(at)) < 3_600_000 ? 1_000 : 60_000);
  return (
    <time dateTime={at} title={`${localTime(at, language)} (${utc(at)})`}>
      {relativeTime(Date.parse(at) - now, language)}
    </time>
  );
}

export function localTime(at: string, language: string, dateOnly = false): string {
  const format = dateOnly ? ({ dateStyle: 'medium' } as const) : ({ dateStyle: 'medium', timeStyle: 'short' } as const);
  return new Intl.DateTimeFormat(regionOf(language), format).format(new Date(at));
}

/** With the name of its zone, for what a person relies on. */
export function zonedTime(at: string, language: string): string {
  return new Intl.DateTimeFormat(regionOf(language), {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(at));
}

function relativeTime(ms: number, language: string): string {
  const seconds = ms / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
  return new Intl.RelativeTimeFormat(regionOf(language), { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}

/** The browser's region decides how a date is written, the chosen language its words. */
function regionOf(language: string): string {
  return navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
}

function utc(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}

/** The time now by the service's clock, again and again. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => serviceNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(serviceNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
