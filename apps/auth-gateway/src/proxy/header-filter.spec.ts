import { describe, expect, test } from '@jest/globals';
import { connectionOptionsOf, isIdentityField, requestFieldAction } from './header-filter.js';
import { clientFields } from './response-fields.js';

describe('fields on their way to the upstream', () => {
  test.each([
    'Remote-User',
    'REMOTE_USER',
    'remote.user',
    'Remote-Groups',
    'X-Keyfold-User-Id',
    'x_keyfold_user_id',
    'X.Keyfold.Key-Id',
    'x-Keyfold_Assertion',
    'X-Keyfold-Anything',
    'X!Keyfold!Roles',
    'Authorization',
    'X-Forwarded-For',
    'x_forwarded_for',
    'X-Original-URL',
    'X-Rewrite-Url',
    'X-Auth-Request-User',
    'Forwarded',
    'X-Real-IP',
    'CF-Connecting-IP',
    'X_Cluster_Client_IP',
    'Fastly-Client-IP',
    'X-Host',
    'Proxy',
    'Transfer-Encoding',
    'Connection',
    'TE',
    'Upgrade',
    'HTTP2-Settings',
    'Proxy-Authorization',
    'X-Request-Id',
  ])('%s of a client is removed', (name) => {
    expect(requestFieldAction(name)).toBe('drop');
  });

  test.each([
    'Cookie',
    'Proxy-Info',
    'X-Remote',
    'Remoteuser',
    'X-Keyfolder',
    'Accept',
    'Authorization-Info',
    'Sec-WebSocket-Key',
  ])('%s passes', (name) => {
    expect(requestFieldAction(name)).toBe('pass');
  });

  test('more names than are remembered are judged all the same', () => {
    for (let at = 0; at < 2_000; at++) expect(requestFieldAction(`X-Keyfold_${at}`)).toBe('drop');
  });

  test('what Connection lists', () => {
    expect([...connectionOptionsOf('close, X-Auth ,remote-user')]).toEqual(['close', 'x-auth', 'remote-user']);
  });
});

describe('fields on their way back', () => {
  test('identity is not the upstream’s to claim, nor is the connection', () => {
    const headers = {
      'content-type': 'text/plain',
      'content-length': '3',
      connection: 'close, x-listed, content-length',
      'keep-alive': 'timeout=5',
      'x-listed': '1',
      'remote-user': 'admin',
      'x-keyfold-user-id': '1',
      x_keyfold_key_id: '1',
      'cache-control': 'public',
      'x-request-id': 'theirs',
      'set-cookie': ['a=1', 'b=2'],
      'www-authenticate': 'Basic realm="upstream"',
    };
    expect(clientFields(headers, 'ours')).toEqual([
      ...['content-type', 'text/plain', 'content-length', '3', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
      ...['www-authenticate', 'Basic realm="upstream"', 'Cache-Control', 'no-store', 'X-Request-Id', 'ours'],
    ]);
  });

  test.each(['Remote_User', 'X.Keyfold.Scopes'])('%s is an identity field', (name) => {
    expect(isIdentityField(name)).toBe(true);
  });
});
