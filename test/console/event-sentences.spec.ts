import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  AUDIT_EVENT_TYPES,
  type AuditEventType,
  DECISION_REASONS,
  EVENT_SHAPES,
  type EventOf,
  GATEWAY_REASONS,
  LOG_EVENT_SHAPES,
  type LogEvent,
} from '@keyfold/domain';
import { auditText as german } from '../../apps/console/src/text/de/audit.js';
import { auditText as english } from '../../apps/console/src/text/en/audit.js';
import { EventData } from '../../apps/console/src/text/event-data.js';

type EventType = EventOf[keyof EventOf]['type'] | LogEvent['type'] | AuditEventType;
type Sentence = (data: EventData) => string;

// A type without a sentence, and a sentence for a type that no event has, do not compile.
const sentences: Record<EventType, Sentence> = english.sentences;
const types: Record<keyof typeof english.sentences, EventType> = Object.fromEntries(
  Object.keys(sentences).map((type) => [type, type]),
) as Record<EventType, EventType>;

const FIXTURES = new URL('../../libs/domain/src/model/fixtures/', import.meta.url);
const records = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const { leaf } = JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as { leaf: string };
    return { name, ...(JSON.parse(leaf) as { type: EventType; data: Record<string, unknown> }) };
  });

test('every type of event has a sentence, and no other', () => {
  const shapes = [...EVENT_SHAPES, ...LOG_EVENT_SHAPES].map(({ type }) => type);
  expect(Object.keys(types).sort()).toEqual([...new Set([...shapes, ...AUDIT_EVENT_TYPES])].sort());
});

describe.each([
  ['English', english],
  ['German', german],
])('in %s', (_, text) => {
  test('the sentence of each recorded event says something, and lacks no member of it', () => {
    expect(records.length).toBeGreaterThan(25);
    for (const { data, name, type } of records) {
      const sentence = text.sentences[type](new EventData(data));
      expect([name, sentence]).toEqual([name, expect.stringMatching(/^\p{Lu}.{10,}$/su)]);
      expect([name, sentence]).toEqual([name, expect.not.stringMatching(/\?|undefined|null (?!→)|\[object/)]);
    }
  });

  test('every reason of a refusal has one', () => {
    for (const reason of [...DECISION_REASONS, ...GATEWAY_REASONS, 'UNDETERMINED', 'WITHHELD'])
      expect([reason, Object.hasOwn(text.explain.reasons, reason)]).toEqual([reason, true]);
  });
});
