import * as client from 'openid-client';
import type { Logger } from '@keyfold/service-kit';
import type { FlowSecret } from './flow-secret.js';
import type { IssuerClaims } from './identity-claims.js';
import { answeredStatus, isClientRefusal, isOutage, MisconfiguredIssuerError } from './issuer-errors.js';
import type { IssuerTokens } from './issuer-tokens.js';
import { hasRoleClaim } from './role-claim.js';

/** Who turns codes into what the issuer says about somebody. */
export class CodeExchange {
  /**
   * @param configurations one for each way to prove ourselves, as `discoverIssuer` gives them; the one that has worked
   * moves to the front
   */
  constructor(
    private configurations: readonly client.Configuration[],
    private readonly tokens: IssuerTokens,
    private readonly roleClaim: string | undefined,
    private readonly log: Logger,
  ) {}

  /**
   * Checks state, nonce, `iss`, PKCE and the ID token, its signature included, and adds what the issuer tells about the
   * user.
   *
   * @param url the callback as the browser came to it
   * @throws MisconfiguredIssuerError if the issuer does not take us for its client; what stands for an outage or a
   *   refusal (see `issuer-errors`)
   */
  async claimsOf(secret: FlowSecret, url: URL): Promise<IssuerClaims> {
    const { answer, configuration } = await this.tokensOf(secret, url);
    // TLS vouches for what came from the token endpoint already; the signature also holds where TLS ends before the
    // issuer.
    const claims = await this.tokens.verify(answer.id_token ?? '');
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await this.userInfo(configuration, answer.access_token, claims)), ...claims };
  }

  /**
   * Discovery says what the issuer takes, not what this client was registered for, and many take from each client only
   * the one way of its registration. Whoever refuses the client has not looked at the code, so it is still good for the
   * next way.
   */
  private async tokensOf(secret: FlowSecret, url: URL): Promise<Granted> {
    let refusal: unknown;
    for (const configuration of this.configurations) {
      try {
        const answer = await grant(configuration, secret, url);
        this.configurations = [configuration, ...this.configurations.filter((other) => other !== configuration)];
        return { answer, configuration };
      } catch (error) {
        if (!isClientRefusal(error) || error instanceof client.AuthorizationResponseError) throw error;
        refusal = error;
      }
    }
    throw new MisconfiguredIssuerError(
      'the issuer rejects the client: KEYFOLD_OIDC_CLIENT_ID or KEYFOLD_OIDC_CLIENT_SECRET differs from what is registered there',
      { cause: refusal },
    );
  }

  /**
   * A userinfo endpoint that gives no answer does not fail a sign-in if the ID token has all that is needed.
   */
  private async userInfo(
    configuration: client.Configuration,
    accessToken: string,
    claims: IssuerClaims,
  ): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await client.fetchUserInfo(configuration, accessToken, claims.sub);
    } catch (error) {
      // Any other error is about what the answer says, such as another subject; then nothing of it may count.
      if (!isOutage(error) && !(error instanceof client.WWWAuthenticateChallengeError)) throw error;
      const missing = this.missing(claims);
      const status = answeredStatus(error);
      this.log.warn({ status, missing }, 'the userinfo endpoint of the OpenID issuer gave no valid answer');
      if (missing.length === 0) return {};
      throw status === undefined || status >= 500 ? error : withheld(status, missing);
    }
  }

  /**
   * What a sign-in cannot do without: a claim that is not there would take roles back, or give a new user a name that
   * nobody knows.
   */
  private missing(claims: IssuerClaims): string[] {
    const isNamed = ['preferred_username', 'email'].some((claim) => typeof claims[claim] === 'string');
    const hasRoles = this.roleClaim === undefined || hasRoleClaim(claims, this.roleClaim);
    return [...(isNamed ? [] : ['preferred_username']), ...(hasRoles ? [] : [this.roleClaim])];
  }
}

interface Granted {
  readonly answer: Awaited<ReturnType<typeof client.authorizationCodeGrant>>;
  readonly configuration: client.Configuration;
}

function grant(configuration: client.Configuration, secret: FlowSecret, url: URL): Promise<Granted['answer']> {
  return client.authorizationCodeGrant(configuration, url, {
    expectedState: secret.state,
    expectedNonce: secret.nonce,
    pkceCodeVerifier: secret.codeVerifier,
    idTokenExpected: true,
  });
}

function withheld(status: number, missing: readonly string[]): MisconfiguredIssuerError {
  return new MisconfiguredIssuerError(
    `the userinfo endpoint refuses the request (${status}), and the ID token has no ${missing.join(' and no ')}: let the issuer put these claims into the ID token`,
  );
}
