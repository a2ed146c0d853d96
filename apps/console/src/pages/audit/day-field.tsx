import { type ReactNode, useEffect, useRef } from 'react';
import fieldStyles from '../../ui/field.module.css';
import styles from './audit.module.css';

export interface DayFieldProps {
  readonly label: string;
  /** Where the reader's day begins or, with `isEnd`, where the one behind it begins. */
  readonly instant: string | undefined;
  readonly isEnd?: boolean;
  /** Gets an instant, or nothing for no limit. */
  readonly onChange: (instant: string) => void;
}

/** A day of the reader's calendar that limits a list. */
export function DayField({ label, instant, isEnd = false, onChange }: DayFieldProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const day = instant === undefined ? '' : dayOf(instant, isEnd);
  useEffect(() => {
    // Not under the hands of who is typing: a date that is not complete yet has no value to compare.
    if (input.current !== null && input.current !== document.activeElement) input.current.value = day;
  }, [day]);
  return (
    <label className={fieldStyles.field}>
      <span className={fieldStyles.label}>{label}</span>
      <input
        ref={input}
        type="date"
        defaultValue={day}
        className={`${fieldStyles.input ?? ''} ${styles.day ?? ''}`}
        onChange={({ currentTarget: { value } }) => {
          // A year that is being typed passes through 0002, 0020 and 0202.
          if (value >= '1970') onChange(instantOf(value, isEnd));
        }}
        onBlur={({ currentTarget: { value } }) => {
          if (value === '' && day !== '') onChange('');
        }}
      />
    </label>
  );
}

function instantOf(day: string, isEnd: boolean): string {
  const start = new Date(`${day}T00:00`);
  // By the calendar: a day on which clocks change has not 24 hours.
  if (isEnd) start.setDate(start.getDate() + 1);
  return start.toISOString();
}

function dayOf(instant: string, isEnd: boolean): string {
  const within = new Date(Date.parse(instant) - (isEnd ? 1 : 0));
  if (Number.isNaN(within.getTime())) return '';
  const [year, month, date] = [within.getFullYear(), within.getMonth() + 1, within.getDate()];
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}
