import { argon2PhcProblem } from '../keys/index.js';
import { isGatewayId, isSlot, parseProcessName } from '../lease/index.js';
import type { JsonObject, JsonValue } from '../log/index.js';
import { checkpointOf, isNoteName, MAX_CHECKPOINT_CHARACTERS, parseCosignerVerifierKey } from '../log/index.js';
import { REVOCATION_REASONS } from './events.js';
import { isStoredInstant } from './instants.js';
import { isIpRange } from './ip-ranges.js';
import { PERMISSIONS } from './permissions.js';
import { JOURNAL_MODES, RATE_LIMIT_BOUNDS, SETTINGS_BOUNDS } from './settings-values.js';
import * as text from './text-rules.js';

/** Says whether a value may stand where the check is named. Never throws. */
export interface ValueCheck {
  (value: JsonValue): boolean;
  /** Describes what it accepts, and changes when that changes: released-shapes.json has it for every shape. */
  readonly takes: JsonValue;
}

const checkOf = (takes: JsonValue, accepts: (value: JsonValue) => boolean): ValueCheck =>
  Object.assign(accepts, { takes });

/** A member of an object in an event. */
export interface Member {
  readonly name: string;
  readonly isOptional: boolean;
  readonly accepts: ValueCheck;
}

/** A member that must be there. */
export const required = (name: string, accepts: ValueCheck): Member => ({ name, isOptional: false, accepts });
/** A member that may be absent. */
export const optional = (name: string, accepts: ValueCheck): Member => ({ name, isOptional: true, accepts });

/**
 * What keeps an object from having exactly these members, each acceptable. Hand-written rather than a schema library:
 * the projection reads every record of the log through it, tens of thousands a second.
 * @returns null if nothing does; never a value, since values may be sealed
 */
export function membersProblem(members: readonly Member[], object: JsonObject): string | null {
  let known = 0;
  for (const member of members) {
    const value = object[member.name];
    if (value === undefined) {
      if (!member.isOptional) return `${member.name} is missing`;
    } else {
      if (!member.accepts(value)) return `${member.name} is not acceptable`;
      known += 1;
    }
  }
  return Object.keys(object).length === known ? null : 'an unknown member';
}

const isJsonObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an object with these members is, see {@link ValueCheck.takes}. */
export const membersTaken = (members: readonly Member[]): JsonObject =>
  Object.fromEntries(members.map(({ accepts, isOptional, name }) => [isOptional ? `${name}?` : name, accepts.takes]));

/** An object with exactly these members. */
export const objectOf = (...members: Member[]): ValueCheck =>
  checkOf({ object: membersTaken(members) }, (value) => isJsonObject(value) && membersProblem(members, value) === null);

/** An object with some of these members, and at least one. */
export const someOf = (...members: Member[]): ValueCheck =>
  checkOf(
    { someOf: membersTaken(members) },
    (value) => isJsonObject(value) && membersProblem(members, value) === null && Object.keys(value).length > 0,
  );

/** The value or null. */
export const orNull = (accepts: ValueCheck): ValueCheck =>
  checkOf({ orNull: accepts.takes }, (value) => value === null || accepts(value));

/** One of these strings. */
export const oneOf = (values: readonly string[]): ValueCheck => {
  const known: ReadonlySet<JsonValue> = new Set(values);
  return checkOf({ oneOf: [...values].sort() }, (value) => known.has(value));
};

/** An array of different strings, each acceptable. */
export const setOf = (accepts: ValueCheck, bounds: { readonly min: number; readonly max: number }): ValueCheck =>
  checkOf({ setOf: accepts.takes, ...bounds }, (value) => {
    if (!Array.isArray(value) || value.length < bounds.min || value.length > bounds.max) return false;
    const elements = value as readonly JsonValue[];
    return elements.every(accepts) && (elements.length < 2 || new Set(elements).size === elements.length);
  });

/** A whole number in the range, both ends included. */
export const integerIn = ({ min, max }: { readonly min: number; readonly max: number }): ValueCheck =>
  checkOf(
    { integer: [min, max] },
    (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
  );

/** A string for which the predicate holds. */
export const textThat = (name: string, accepts: (text: string) => boolean): ValueCheck =>
  checkOf({ text: name }, (value) => typeof value === 'string' && accepts(value));

export const boolean = checkOf('boolean', (value) => typeof value === 'boolean');
export const id = textThat('id', text.isId);
export const username = textThat('usernameWithApostrophes', text.isUsername);
/** As UserCreated had it in schemaVersion 1. */
export const firstUsername = textThat('username', text.isFirstUsername);
export const roleName = textThat('roleName', text.isRoleName);
export const keyName = textThat('keyName', text.isKeyName);
export const hint = textThat('hint', text.isHint);
export const freeText = textThat('freeText', (value) => text.isText(value, text.MAX_TEXT_CHARACTERS));
export const oidcText = textThat('oidcText', (value) => value !== '' && text.isText(value, text.MAX_OIDC_CHARACTERS));
export const instant = textThat('instant', isStoredInstant);
export const argon2Hash = textThat('argon2Hash', (phc) => argon2PhcProblem(phc) === null);
export const scope = textThat('scope', text.isScope);
export const ipRange = textThat('ipRange', isIpRange);
export const gatewayId = textThat('gatewayId', isGatewayId);
/** Of peers of older protocols too. */
export const anyGatewayId = textThat('anyGatewayId', (value) => /^[\x21-\x7e]{1,128}$/.test(value));
export const processSlot = textThat('processSlot', isSlot);
export const processKey = textThat('processKey', isProcessKey);
export const logOrigin = textThat('logOrigin', (value) => value.length <= 255 && isNoteName(value));
export const checkpointText = textThat(
  'checkpointText',
  (value) => value.length <= MAX_CHECKPOINT_CHARACTERS && value.isWellFormed() && checkpointOf(value) !== null,
);
export const permissions = setOf(oneOf(PERMISSIONS), { min: 0, max: 1000 });
export const scopes = setOf(scope, { min: 0, max: text.MAX_SCOPES });
export const ipRanges = setOf(ipRange, { min: 1, max: text.MAX_IP_RANGES });
export const revocationReason = oneOf(REVOCATION_REASONS);
export const graceSeconds = integerIn(SETTINGS_BOUNDS.rotationGraceMaxSeconds);
export const rateLimit = objectOf(
  required('requests', integerIn(RATE_LIMIT_BOUNDS.requests)),
  required('seconds', integerIn(RATE_LIMIT_BOUNDS.seconds)),
);
const expiryAt = objectOf(required('at', instant));
const expiryInDays = objectOf(required('days', integerIn(SETTINGS_BOUNDS.maxApiKeyLifetimeDays)));
export const keyExpiry = checkOf(
  { anyOf: [expiryInDays.takes, expiryAt.takes] },
  (value) => expiryInDays(value) || expiryAt(value),
);

/** The security settings, each optional. */
export const SETTINGS_MEMBERS: readonly Member[] = [
  optional('apiKeyAuthenticationEnabled', boolean),
  optional('maxApiKeyLifetimeDays', integerIn(SETTINGS_BOUNDS.maxApiKeyLifetimeDays)),
  optional('gatewayLeaseSeconds', integerIn(SETTINGS_BOUNDS.gatewayLeaseSeconds)),
  optional('rotationGraceMaxSeconds', integerIn(SETTINGS_BOUNDS.rotationGraceMaxSeconds)),
  optional('maxActiveKeysPerUser', integerIn(SETTINGS_BOUNDS.maxActiveKeysPerUser)),
  optional('defaultKeyRateLimit', orNull(rateLimit)),
  optional('journal', oneOf(JOURNAL_MODES)),
  optional('journalRetentionDays', integerIn(SETTINGS_BOUNDS.journalRetentionDays)),
];

function isProcessKey(value: string): boolean {
  try {
    return parseProcessName(parseCosignerVerifierKey(value).name) !== null;
  } catch {
    return false;
  }
}
