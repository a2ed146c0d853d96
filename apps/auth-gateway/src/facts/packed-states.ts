import type { ApiKeyState, KeyExpiry, UserState } from '@keyfold/domain';

type Mutable<State> = { -readonly [Name in keyof State]: State[Name] };

/** Different values that are worth being remembered; installations have far fewer. */
const MAX_REMEMBERED = 1_000;

/** Keeps one value for all that read the same, so that 100,000 keys do not hold 100,000 lists of the same roles. */
class Same<Value> {
  readonly #byText = new Map<string, Value>();

  as(value: Value): Value {
    const text = JSON.stringify(value);
    const same = this.#byText.get(text);
    if (same !== undefined) return same;
    if (this.#byText.size < MAX_REMEMBERED) this.#byText.set(text, value);
    return value;
  }
}

const texts = new Map<string, string>();
const lists = new Same<readonly string[]>();
const expiries = new Same<KeyExpiry>();
const NONE: readonly [] = [];

/**
 * Makes a state small that memory takes over, in place: whoever else has it sees the same values. Half of what a key and its owner take in memory
 * is in parts that most of them have alike. States are never changed otherwise, so sharing is safe.
 */
export function packKey<State extends ApiKeyState>(state: State): State {
  const key: Mutable<ApiKeyState> = state;
  if (key.status !== 'issued' && key.status !== 'pending') return state;
  const parts = key as Mutable<typeof key>;
  parts.scopes = listOf(parts.scopes);
  parts.createdBy = textOf(parts.createdBy);
  if ('days' in parts.expiry) parts.expiry = expiries.as(parts.expiry);
  return state;
}

/** The same of a user. */
export function packUser<State extends UserState>(state: State): State {
  const user: Mutable<UserState> = state;
  if (user.status !== 'active' && user.status !== 'deactivated') return state;
  const parts = user as Mutable<typeof user>;
  parts.roleIds = listOf(parts.roleIds);
  if (parts.oidcIdentities.length === 0) parts.oidcIdentities = NONE;
  return state;
}

/** Most keys are made by few. */
function textOf(text: string): string {
  const same = texts.get(text);
  if (same !== undefined) return same;
  if (texts.size < MAX_REMEMBERED) texts.set(text, text);
  return text;
}

function listOf(list: readonly string[]): readonly string[] {
  return list.length === 0 ? NONE : lists.as(list);
}
