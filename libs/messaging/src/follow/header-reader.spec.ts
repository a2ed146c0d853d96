import { describe, expect, test } from '@jest/globals';
import { headers, type Msg } from '@nats-io/transport-node';
import { CHECKPOINT_HEADER, EXPECTED_LAST_SEQUENCE_HEADER, OPENINGS_HEADER } from '../protocol/names.js';
import { headerReader } from './header-reader.js';

/** As servers send them. */
function block(fields: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(['NATS/1.0', ...lines, '', ''].join('\r\n'));
}

/** As the client makes it of what came in one piece: headers, then the payload. */
function message(head: Uint8Array, payload = 'payload'): Msg {
  const data = new Uint8Array(Buffer.concat([Buffer.from('before'), head, Buffer.from(payload)])).subarray(6);
  return { _rdata: data, _msg: { hdr: head.byteLength } } as unknown as Msg;
}

const ALL = { [EXPECTED_LAST_SEQUENCE_HEADER]: '41', [OPENINGS_HEADER]: 'b3BlbmluZ3M', [CHECKPOINT_HEADER]: 'bm90ZQ' };

describe('the headers of a message', () => {
  test('are found one by one', () => {
    const read = headerReader(message(block(ALL)));
    expect(Object.keys(ALL).map(read)).toEqual(Object.values(ALL));
  });

  test('that it does not have are empty, whatever the payload or another header looks like', () => {
    const read = headerReader(message(block({ [OPENINGS_HEADER]: 'x' }), `\r\n${CHECKPOINT_HEADER}: forged\r\n`));
    expect(read(CHECKPOINT_HEADER)).toBe('');
    expect(headerReader(message(block({ [`X-${OPENINGS_HEADER}`]: 'x' })))(OPENINGS_HEADER)).toBe('');
    expect(headerReader(message(Buffer.from('NATS/1.0\r\n\r\n')))(OPENINGS_HEADER)).toBe('');
  });

  test('are read by the client if it keeps them elsewhere', () => {
    const made = headers();
    made.append(OPENINGS_HEADER, 'x');
    expect(headerReader({ headers: made } as unknown as Msg)(OPENINGS_HEADER)).toBe('x');
    expect(headerReader({} as unknown as Msg)(OPENINGS_HEADER)).toBe('');
  });
});
