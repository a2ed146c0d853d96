import { type ProviderShape, SCRIPTED_CLIENT } from './scripted-issuer.js';

/** What a provider sends for somebody who is in the groups, or has the roles, "Auditor" and "Staff". */
export interface KnownProvider {
  readonly shape: ProviderShape;
  /** What `KEYFOLD_OIDC_ROLE_CLAIM` is set to. */
  readonly roleClaim: string;
  readonly scope: string;
  /** What the user ends up with. */
  readonly expected: { readonly username: string; readonly roles: readonly string[] };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/**
 * learn.microsoft.com: "ID token claims reference", "Configure group claims and app roles in tokens". Groups are object
 * ids; app roles are names.
 */
const entra: KnownProvider = {
  roleClaim: 'roles',
  scope: 'openid profile email',
  expected: { username: 'ada@contoso.example', roles: ['Auditor'] },
  shape: {
    issuerPath: '/833ced3d-cb2e-41de-92f1-29e2af035ddc/v2.0',
    clientMethod: 'client_secret_post',
    discovery: {
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      request_uri_parameter_supported: false,
      tenant_region_scope: 'EU',
      cloud_instance_name: 'microsoftonline.com',
    },
    idToken: {
      ver: '2.0',
      nbf: nowSeconds(),
      sub: '3OBtLXUC2ZrN_ADLNjW9X4o0lcd61py7lgHw3Skh77s',
      oid: 'cb7eda1b-d09a-40ae-b8bb-37836ebc6abd',
      tid: '833ced3d-cb2e-41de-92f1-29e2af035ddc',
      name: 'Ada Lovelace',
      preferred_username: 'ada@contoso.example',
      groups: ['0760b6cf-170e-4a14-91b3-4b78e0739963', '3b2b0c93-acd8-4208-8eba-7a48db1cd4c0'],
      roles: ['Auditor', 'Staff'],
    },
    // Graph refuses tokens of applications that lack a permission or fail a policy of the tenant.
    userInfo: 403,
  },
};

/**
 * developer.okta.com: "OpenID Connect & OAuth 2.0 API", "Customize tokens returned from Okta with a groups claim". The
 * ID token of a code is thin.
 */
const okta: KnownProvider = {
  roleClaim: 'groups',
  scope: 'openid profile email groups',
  expected: { username: 'ada@okta.example', roles: ['Auditor'] },
  shape: {
    issuerPath: '/oauth2/default',
    clientMethod: 'client_secret_basic',
    discovery: {
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'client_secret_jwt',
        'private_key_jwt',
        'none',
      ],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'device_sso', 'groups'],
    },
    idToken: {
      ver: 1,
      jti: 'ID.AZ8NNs',
      amr: ['pwd'],
      idp: '00o4h7u0OqBmVTSEm0h7',
      sub: '00u4h7u0OqBmVTSEm0h7',
      auth_time: nowSeconds(),
    },
    userInfo: {
      sub: '00u4h7u0OqBmVTSEm0h7',
      name: 'Ada Lovelace',
      preferred_username: 'ada@okta.example',
      email: 'ada@okta.example',
      email_verified: true,
      groups: ['Everyone', 'Auditor', 'Staff'],
    },
  },
};

/**
 * keycloak.org: "Server Administration Guide", protocol mappers. Roles are within an object, and groups are paths
 * unless "Full group path" is off.
 */
const keycloak: KnownProvider = {
  roleClaim: 'realm_access.roles',
  scope: 'openid profile email',
  expected: { username: 'ada', roles: ['Auditor'] },
  shape: {
    issuerPath: '/realms/staff',
    clientMethod: 'client_secret_basic',
    discovery: {
      token_endpoint_auth_methods_supported: [
        'private_key_jwt',
        'client_secret_basic',
        'client_secret_post',
        'tls_client_auth',
        'client_secret_jwt',
      ],
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['plain', 'S256'],
      scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'roles', 'web-origins', 'offline_access'],
    },
    idToken: {
      jti: 'onrtac:4f1e',
      typ: 'ID',
      azp: SCRIPTED_CLIENT.id,
      sid: 'a7b1',
      acr: '1',
      sub: 'f1c6c0de-6f38-4a5c-a4b0-2a5a5ed0b2b1',
      email_verified: false,
      preferred_username: 'ada',
      groups: ['/staff/Auditor'],
      realm_access: { roles: ['offline_access', 'Auditor', 'default-roles-staff'] },
    },
    userInfo: { sub: 'f1c6c0de-6f38-4a5c-a4b0-2a5a5ed0b2b1', preferred_username: 'ada', name: 'Ada Lovelace' },
  },
};

/** zitadel.com: "Claims", "Retrieve user roles". Several audiences; roles are the names of an object's members. */
const zitadel: KnownProvider = {
  roleClaim: 'urn:zitadel:iam:org:project:roles',
  scope: 'openid profile email',
  expected: { username: 'ada@zitadel.example', roles: ['Auditor'] },
  shape: {
    issuerPath: '',
    clientMethod: 'client_secret_basic',
    discovery: {
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      scopes_supported: ['openid', 'profile', 'email', 'phone', 'address', 'offline_access'],
      code_challenge_methods_supported: ['S256'],
    },
    idToken: {
      aud: [SCRIPTED_CLIENT.id, '165768829462183168'],
      azp: SCRIPTED_CLIENT.id,
      client_id: SCRIPTED_CLIENT.id,
      amr: ['password', 'pwd'],
      sub: '164848415939004673',
    },
    userInfo: {
      sub: '164848415939004673',
      preferred_username: 'ada@zitadel.example',
      name: 'Ada Lovelace',
      'urn:zitadel:iam:org:project:roles': {
        Auditor: { '164848415518983425': 'acme.zitadel.example' },
        Staff: { '164848415518983425': 'acme.zitadel.example' },
      },
    },
  },
};

/**
 * authelia.com: "OpenID Connect 1.0 Claims". The ID token proves the sign-in only; each client has the one method of
 * its registration.
 */
const authelia: KnownProvider = {
  roleClaim: 'groups',
  scope: 'openid profile email groups',
  expected: { username: 'ada.l', roles: ['Auditor'] },
  shape: {
    issuerPath: '',
    clientMethod: 'client_secret_post',
    discovery: {
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'client_secret_jwt',
        'private_key_jwt',
        'none',
      ],
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['offline_access', 'openid', 'profile', 'groups', 'email'],
    },
    idToken: {
      aud: [SCRIPTED_CLIENT.id],
      azp: SCRIPTED_CLIENT.id,
      amr: ['pwd', 'kba'],
      sub: '8eb5a5b0-4fd9-4b1f-8fb8-6f1d0f3a3d2c',
      auth_time: nowSeconds(),
      rat: nowSeconds(),
    },
    userInfo: {
      sub: '8eb5a5b0-4fd9-4b1f-8fb8-6f1d0f3a3d2c',
      preferred_username: 'ada.l',
      name: 'Ada Lovelace',
      email: 'ada@authelia.example',
      email_verified: true,
      groups: ['admins', 'Auditor'],
      rat: nowSeconds(),
    },
  },
};

/** developers.google.com: "OpenID Connect API reference". No groups, no preferred name. */
const google: KnownProvider = {
  roleClaim: 'groups',
  scope: 'openid profile email',
  expected: { username: 'ada@gmail.example', roles: [] },
  shape: {
    issuerPath: '',
    clientMethod: 'client_secret_basic',
    discovery: {
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['plain', 'S256'],
      scopes_supported: ['openid', 'email', 'profile'],
    },
    idToken: {
      azp: SCRIPTED_CLIENT.id,
      sub: '10769150350006150715113082367',
      hd: 'example.com',
      email: 'ada@gmail.example',
      email_verified: true,
    },
    userInfo: {
      sub: '10769150350006150715113082367',
      name: 'Ada Lovelace',
      given_name: 'Ada',
      picture: 'https://lh3.googleusercontent.com/a',
      email: 'ada@gmail.example',
      email_verified: true,
      hd: 'example.com',
    },
  },
};

export const KNOWN_PROVIDERS: Readonly<Record<string, KnownProvider>> = {
  Entra: entra,
  Okta: okta,
  Keycloak: keycloak,
  ZITADEL: zitadel,
  Authelia: authelia,
  Google: google,
};
