import { type ReactNode, useEffect, useRef, useState } from 'react';
import { TextField } from './field.js';

const PAUSE_MS = 250;

export interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onSearch: (text: string) => void;
}

/** Searches when typing pauses, so that a fast typist asks once. */
export function SearchField({ label, value, placeholder, onSearch }: SearchFieldProps): ReactNode {
  const [typed, setTyped] = useState(value);
  const [reported, setReported] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    // Changed by something else, such as a link that clears the filters. What was reported from here may lag behind
    // what is typed.
    if (value !== reported) setTyped(value);
  }
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <TextField
      label={label}
      type="search"
      value={typed}
      placeholder={placeholder ?? ''}
      onChange={(text) => {
        setTyped(text);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          setReported(text.trim());
          onSearch(text.trim());
        }, PAUSE_MS);
      }}
    />
  );
}
