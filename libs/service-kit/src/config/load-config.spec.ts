import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from './load-config.js';
import { list, natsServers, port, sharedSettings, url } from './settings.js';

const schema = z.object({
  KEYFOLD_ADMIN_PORT: port(3000),
  KEYFOLD_DATABASE_URL: url('postgres:', 'postgresql:'),
  KEYFOLD_SHARED_SECRET: sharedSettings.KEYFOLD_SHARED_SECRET,
  KEYFOLD_TRUSTED_PROXIES: sharedSettings.KEYFOLD_TRUSTED_PROXIES,
});
const secret = 's'.repeat(32);
const minimal = { KEYFOLD_DATABASE_URL: 'postgres://localhost/keyfold', KEYFOLD_SHARED_SECRET: secret };

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'keyfold-config-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

describe('loadConfig', () => {
  test('defaults fill in what is not given, and the result is frozen', () => {
    const config = loadConfig(schema, minimal);
    expect(config).toEqual({
      ...minimal,
      KEYFOLD_ADMIN_PORT: 3000,
      KEYFOLD_SHARED_SECRET: [secret],
      KEYFOLD_TRUSTED_PROXIES: [],
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('a secret is read from the file that <name>_FILE names, less one line break', () => {
    const path = join(dir, 'secret');
    writeFileSync(path, `${secret},${'t'.repeat(40)}\n`);
    const config = loadConfig(schema, {
      KEYFOLD_DATABASE_URL: minimal.KEYFOLD_DATABASE_URL,
      KEYFOLD_SHARED_SECRET_FILE: path,
    });
    expect(config.KEYFOLD_SHARED_SECRET).toEqual([secret, 't'.repeat(40)]);
  });

  test('an empty file counts as not given, as an empty value does', () => {
    const path = join(dir, 'empty');
    writeFileSync(path, '\n');
    const optional = schema.extend({ KEYFOLD_OIDC_CLIENT_SECRET: z.string().optional() });
    const config = loadConfig(optional, { ...minimal, KEYFOLD_OIDC_CLIENT_SECRET_FILE: path });
    expect(config.KEYFOLD_OIDC_CLIENT_SECRET).toBeUndefined();
    expect(() =>
      loadConfig(schema, { ...minimal, KEYFOLD_SHARED_SECRET: '', KEYFOLD_SHARED_SECRET_FILE: path }),
    ).toThrow('KEYFOLD_SHARED_SECRET: is required');
  });

  test('a file that went through Windows holds the same secret', () => {
    const path = join(dir, 'windows');
    writeFileSync(path, `\ufeff${secret},${'t'.repeat(40)}\r\n`);
    const env = { KEYFOLD_DATABASE_URL: minimal.KEYFOLD_DATABASE_URL, KEYFOLD_SHARED_SECRET_FILE: path };
    expect(loadConfig(schema, env).KEYFOLD_SHARED_SECRET).toEqual([secret, 't'.repeat(40)]);
  });

  test.each(['tcp://10.96.0.5:3100', 'udp://10.96.0.5:53', 'tcp://[fd00:10::5]:3100'])(
    'the address of a Kubernetes Service, %s, is no port: it is warned about and the default holds',
    (address) => {
      const warnings: string[] = [];
      const env = { ...minimal, KEYFOLD_ADMIN_PORT: address };
      expect(loadConfig(schema, env, (w) => warnings.push(w)).KEYFOLD_ADMIN_PORT).toBe(3000);
      expect(warnings).toEqual([expect.stringMatching(/^KEYFOLD_ADMIN_PORT .*Kubernetes.*enableServiceLinks/)]);
      const path = join(dir, 'port');
      writeFileSync(path, '3005\n');
      expect(loadConfig(schema, { ...env, KEYFOLD_ADMIN_PORT_FILE: path }).KEYFOLD_ADMIN_PORT).toBe(3005);
    },
  );

  test.each(['tcp://10.96.0.5', 'http://10.96.0.5:3100', 'tcp://u:p@h:1', '10.96.0.5:3100', 'tcp://:3100'])(
    'a port that is anything else, %s, stays an error',
    (text) => {
      expect(() => loadConfig(schema, { ...minimal, KEYFOLD_ADMIN_PORT: text })).toThrow('must be a port number');
    },
  );

  test('what Kubernetes adds for Services is not taken for a misspelt variable', () => {
    const warnings: string[] = [];
    const links = {
      KEYFOLD_PORT: 'tcp://10.96.0.4:3000',
      KEYFOLD_GATEWAY_PORT: 'tcp://10.96.0.5:3100',
      KEYFOLD_GATEWAY_SERVICE_HOST: '10.96.0.5',
      KEYFOLD_GATEWAY_SERVICE_PORT: '3100',
      KEYFOLD_GATEWAY_SERVICE_PORT_HTTP: '3100',
      KEYFOLD_GATEWAY_PORT_3100_TCP: 'tcp://10.96.0.5:3100',
      KEYFOLD_GATEWAY_PORT_3100_TCP_PROTO: 'tcp',
      KEYFOLD_GATEWAY_PORT_3100_TCP_PORT: '3100',
      KEYFOLD_GATEWAY_PORT_3100_TCP_ADDR: '10.96.0.5',
    };
    loadConfig(schema, { ...minimal, ...links, KEYFOLD_OPS_PORT: '1' }, (w) => warnings.push(w));
    expect(warnings).toEqual([expect.stringContaining('KEYFOLD_OPS_PORT')]);
  });

  test('all problems are listed at once and no value is repeated', () => {
    const env = {
      KEYFOLD_ADMIN_PORT: '70000',
      KEYFOLD_DATABASE_URL: 'mysql://user:hunter2@x',
      KEYFOLD_SHARED_SECRET: 'too-short',
      KEYFOLD_TRUSTED_PROXIES: '10.0.0.0/8, nonsense',
    };
    const attempt = (): unknown => loadConfig(schema, env);
    expect(attempt).toThrow(
      /KEYFOLD_ADMIN_PORT: .*\nKEYFOLD_DATABASE_URL: .*\nKEYFOLD_SHARED_SECRET: .*\nKEYFOLD_TRUSTED_PROXIES: /,
    );
    expect(attempt).not.toThrow(/hunter2|too-short|nonsense/);
  });

  test('a missing required variable, an unreadable file and a variable given twice are each named', () => {
    expect(() => loadConfig(schema, { KEYFOLD_SHARED_SECRET: secret })).toThrow('KEYFOLD_DATABASE_URL: is required');
    expect(() =>
      loadConfig(schema, { ...minimal, KEYFOLD_SHARED_SECRET: '', KEYFOLD_SHARED_SECRET_FILE: join(dir, 'absent') }),
    ).toThrow(/^KEYFOLD_SHARED_SECRET: cannot read the file .*ENOENT\)$/);
    expect(() => loadConfig(schema, { ...minimal, KEYFOLD_SHARED_SECRET_FILE: join(dir, 'secret') })).toThrow(
      'both KEYFOLD_SHARED_SECRET and KEYFOLD_SHARED_SECRET_FILE',
    );
  });

  test('a misspelt variable is warned about, one of the other service is not', () => {
    const warnings: string[] = [];
    loadConfig(
      schema,
      {
        ...minimal,
        KEYFOLD_ADMIN_PROT: '1',
        KEYFOLD_GATEWAY_ID: 'g',
        KEYFOLD_LOG_SIGNING_KEY_FILE: '/x',
        PATH: '/bin',
      },
      (w) => warnings.push(w),
    );
    expect(warnings).toEqual([expect.stringContaining('KEYFOLD_ADMIN_PROT')]);
  });

  test('NATS servers are hosts, with or without nats:// or tls://', () => {
    for (const text of ['nats://u:p%40ss@h:4222', 'tls://h', 'h:4222', 'nats://a,b:1', 'nats://[::1]:4222'])
      expect([text, natsServers.safeParse(text).success]).toEqual([text, true]);
    for (const text of ['http://h', 'nats://', 'h:x', 'nats://a,,b', 'nats://a b', 'nats://[', 'postgres://h'])
      expect([text, natsServers.safeParse(text).success]).toEqual([text, false]);
  });

  test('a list refuses empty entries', () => {
    expect(list(z.string().min(1)).safeParse('a,,b').success).toBe(false);
    expect(list(z.string().min(1)).parse(' a , b ')).toEqual(['a', 'b']);
  });
});
