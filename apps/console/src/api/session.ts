import { call, get } from './http.js';

export interface SignInOptions {
  readonly signedIn: boolean;
  readonly password: boolean;
  readonly oidc: { readonly startUrl: string; readonly label: string } | null;
}

export function readSignInOptions(): Promise<SignInOptions> {
  return get<SignInOptions>('/v1/sign-in-options');
}

/**
 * The session comes as a cookie that no script can read; the token in the body is dropped here. @throws Problem 401,
 * 429
 */
export async function signIn(username: string, password: string): Promise<void> {
  await call('POST', '/v1/sessions', { body: { username, password } });
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/v1/sessions/current');
}
