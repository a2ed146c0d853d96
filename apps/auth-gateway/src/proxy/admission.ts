import type { IncomingMessage } from 'node:http';
import type { AccessIdentity } from '@keyfold/domain';
import type { TrustedProxies } from '@keyfold/service-kit';
import type { Pass, StandingAccess } from '../authentication/standing-access.js';
import type { RequestLimits, Verdict } from '../authentication/verdict.js';
import {
  AMBIGUOUS_REQUEST,
  type Answer,
  METHOD_NOT_ALLOWED,
  REFUSALS,
  SUSPECT_FRAMING,
  UNAUTHENTICATED,
} from '../http/answers.js';
import { demandedScopes } from '../http/demanded-scopes.js';
import { isMethod, ownRequest } from '../http/original-request.js';
import { refusalOf } from '../http/refusal-of.js';
import { hasBody, isAmbiguous, isSuspectlyFramed } from '../http/request-headers.js';
import type { KeySignIn } from '../surfaces/key-sign-in.js';
import type { Assertions } from './assertions.js';
import { type CanonicalTarget, canonicalTarget } from './canonical-target.js';
import { offeredProtocols } from './upgrade-protocols.js';

const SURFACE = 'reverse-proxy';
type Allowed = Extract<Verdict, { allowed: true }>;
/** Each further round means that a record was applied while an assertion was signed. */
const MAX_ROUNDS = 5;

/** Who sends a request, as the upstream is to know it. */
export interface Proven {
  readonly identity: AccessIdentity;
  /** The identity is that of this position of the log. */
  readonly position: number;
  readonly assertion: string;
}

/** A request that may go to the upstream, now. */
export interface Admitted {
  readonly target: CanonicalTarget;
  readonly pass: Pass;
  /** Null for a preflight: nobody is known. */
  readonly proven: Proven | null;
}

/** Whether a request may go to the upstream, or what it is answered instead. */
export type Admission =
  { readonly admitted: Admitted; readonly refusal?: never } | { readonly refusal: Answer; readonly admitted?: never };

/** What a request asks for, once it is known to be read by everyone alike. */
interface Asked {
  readonly target: CanonicalTarget;
  readonly authorization: string;
  readonly limits: RequestLimits;
}

export interface AdmissionOptions {
  readonly signIn: KeySignIn;
  readonly proxies: TrustedProxies;
  readonly access: StandingAccess;
  readonly assertions: Assertions;
  /** Position that decisions are made on. */
  readonly appliedSize: () => number;
  /** CORS preflights go on without a key. */
  readonly allowsPreflight: boolean;
  /** `%2F` is a character of a path like others. */
  readonly passesEncodedSlash: boolean;
}

/** Decides what may go to the upstream. */
export class AdmissionControl {
  constructor(private readonly options: AdmissionOptions) {}

  /**
   * Hands the admission over in the event-loop turn of its decision, so that no record is applied between decision and
   * use.
   *
   * @returns a promise only if something has to be waited for
   */
  admit(request: IncomingMessage, use: (admission: Admission) => void): Promise<void> | undefined {
    const asked = this.read(request);
    if ('refusal' in asked || 'admitted' in asked) {
      use(asked);
      return undefined;
    }
    const verdict = this.options.signIn.byAuthorization(SURFACE, asked.authorization, asked.limits);
    if (verdict instanceof Promise) return verdict.then((later) => this.withAssertion(asked, later, use));
    if (!verdict.allowed) {
      use({ refusal: refusalOf(verdict) });
      return undefined;
    }
    const assertion = this.options.assertions.ready(verdict.identity, verdict.position);
    if (assertion === undefined) return this.withAssertion(asked, verdict, use);
    use(admittedAs(asked, verdict, assertion));
    return undefined;
  }

  private read(request: IncomingMessage): Asked | Admission {
    const unheard = refusalUnheard(request);
    if (unheard !== null) return { refusal: unheard };
    const target = canonicalTarget(request.url ?? '', this.options.passesEncodedSlash);
    const scopes = target === null ? null : demandedScopes(target.query ?? '');
    if (target === null || scopes === null || isUnclear(request)) return { refusal: AMBIGUOUS_REQUEST };
    const limits = { ...ownRequest(request, scopes, this.options.proxies), isUpgrade: asksForUpgrade(request) };
    const { authorization } = request.headers;
    return authorization === undefined ? this.withoutKey(request, target, limits) : { target, authorization, limits };
  }

  private withoutKey(request: IncomingMessage, target: CanonicalTarget, limits: RequestLimits): Admission {
    if (this.options.allowsPreflight && isPreflight(request))
      return { admitted: { target, pass: { keyId: null, username: '', limits }, proven: null } };
    this.options.signIn.count(SURFACE, 'MALFORMED');
    return { refusal: UNAUTHENTICATED };
  }

  /** Signing waits, so the facts may have changed: then everything is decided again. */
  private async withAssertion(asked: Asked, first: Verdict, use: (admission: Admission) => void): Promise<void> {
    const { assertions, signIn } = this.options;
    let verdict = first;
    for (let round = 0; round < MAX_ROUNDS && verdict.allowed; round++) {
      const { identity, position } = verdict;
      const assertion = assertions.ready(identity, position) ?? (await assertions.sign(identity, position));
      if (assertion === null) {
        use({ refusal: REFUSALS.STALE });
        return;
      }
      // From here to its use nothing waits.
      const admission = this.current(asked, verdict, assertion);
      if (admission !== undefined) {
        use(admission);
        return;
      }
      verdict = await signIn.byAuthorization(SURFACE, asked.authorization, { ...asked.limits, isCounted: true });
    }
    use({ refusal: verdict.allowed ? REFUSALS.OVERLOADED : refusalOf(verdict) });
  }

  /** The admission if the verdict is on the facts of now; undefined if it is to be made again. */
  private current(asked: Asked, verdict: Allowed, assertion: string): Admission | undefined {
    if (this.options.appliedSize() !== verdict.position) return undefined;
    const admission = admittedAs(asked, verdict, assertion);
    const reason = this.options.access.reasonAgainst(admission.admitted.pass);
    if (reason === undefined) return undefined;
    return reason === null ? admission : { refusal: REFUSALS[reason] };
  }
}

function admittedAs(
  { target, limits }: Asked,
  { identity, position }: Allowed,
  assertion: string,
): { readonly admitted: Admitted } {
  const pass = { keyId: identity.keyId, username: identity.username, limits };
  return { admitted: { target, pass, proven: { identity, position, assertion } } };
}

/** What is refused whatever else the request says. */
function refusalUnheard(request: IncomingMessage): Answer | null {
  if (request.method === 'TRACE' || request.method === 'CONNECT') return METHOD_NOT_ALLOWED;
  return isSuspectlyFramed(request) ? SUSPECT_FRAMING : null;
}

/** A body that comes with an upgrade could be read as a further request. */
function isUnclear(request: IncomingMessage): boolean {
  if (isAmbiguous(request)) return true;
  if (request.headers.host === undefined) return request.httpVersion !== '1.0';
  return asksForUpgrade(request) && hasBody(request);
}

/** What is not offered in `Upgrade` is never done, and an offer of HTTP/2 goes no further than here. */
function asksForUpgrade(request: IncomingMessage): boolean {
  return offeredProtocols(request).length > 0;
}

/**
 * Whether this is a CORS preflight (Fetch Standard, "CORS-preflight request"): the question that a browser asks before
 * it lets a page of another site send its request. It never has credentials, so it can never prove a key. Anything that
 * could do more than ask makes it an ordinary request.
 */
function isPreflight(request: IncomingMessage): boolean {
  const { authorization, cookie, origin, 'access-control-request-method': method } = request.headers;
  if (request.method !== 'OPTIONS' || authorization !== undefined || cookie !== undefined) return false;
  if (origin === undefined || method === undefined || !isMethod(method)) return false;
  return !hasBody(request) && offeredProtocols(request).length === 0;
}
