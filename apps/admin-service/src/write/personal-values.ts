import type { JsonObject } from '@keyfold/domain';

/**
 * Whose personal values an answer holds: they are not kept with a remembered answer, but filled in from the current
 * state.
 */
export interface PersonalValues {
  readonly kind: 'user' | 'api-key';
  readonly id: string;
}

/** The members of each resource that name or describe a person, or that the person may have erased. */
const PERSONAL_MEMBERS: Readonly<Record<PersonalValues['kind'], readonly string[]>> = {
  user: ['username', 'displayName', 'email'],
  'api-key': ['username', 'name', 'allowedIpRanges'],
};

/** The body as it may be remembered. */
export function withoutPersonalValues(body: JsonObject, personal: PersonalValues | undefined): JsonObject {
  return personal ? withPersonalValues(body, personal, {}) : body;
}

/** The remembered body with the personal values of the current resource; null where there is none any more. */
export function withPersonalValues(body: JsonObject, personal: PersonalValues, current: JsonObject): JsonObject {
  const names = PERSONAL_MEMBERS[personal.kind].filter((name) => name in body);
  return { ...body, ...Object.fromEntries(names.map((name) => [name, current[name] ?? null])) };
}
