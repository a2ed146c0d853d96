import { describe, expect, test } from '@jest/globals';
import { connectionOptions } from '../transport/nats-link.js';
import { feedNames, pinnedStreamConfig, streamConfigProblems } from './names.js';

describe('names', () => {
  test("all contain the id of the log's key", () => {
    const names = feedNames('0a1b2c3d');
    expect(names).toMatchObject({ stream: 'KEYFOLD_LOG_0a1b2c3d', head: 'keyfold.head.0a1b2c3d' });
    expect(names.subjectOf('api-key/abc')).toBe('keyfold.log.0a1b2c3d.api-key');
    expect(() => feedNames('*')).toThrow(TypeError);
  });

  test('a configuration is compared member by member; what the server leaves out counts as false', () => {
    const pinned = Object.fromEntries(
      Object.entries(pinnedStreamConfig('0a1b2c3d')).filter(([name]) => name !== 'no_ack'),
    );
    expect(streamConfigProblems({ ...pinned, num_replicas: 3 }, '0a1b2c3d')).toEqual([]);
    expect(streamConfigProblems({ ...pinned, max_age: 5, deny_purge: false }, '0a1b2c3d')).toEqual([
      'max_age',
      'deny_purge',
    ]);
    expect(streamConfigProblems({ ...pinned, sources: [{ name: 'x' }] }, '0a1b2c3d')).toEqual(['sources']);
  });
});

describe('the address of NATS', () => {
  test('is split, so that nothing repeats the password', () => {
    const options = connectionOptions('nats://admin:p%40ss@one:4333,two', 'admin-service');
    expect(options).toMatchObject({
      servers: ['one:4333', 'two:4222'],
      user: 'admin',
      pass: 'p@ss',
      name: 'admin-service',
    });
    expect(JSON.stringify(options.servers)).not.toContain('p@ss');
  });

  test('may have no credentials, and TLS', () => {
    expect(connectionOptions('nats://127.0.0.1:4222', 'x')).not.toHaveProperty('user');
    expect(connectionOptions('tls://host', 'x')).toHaveProperty('tls');
  });
});
