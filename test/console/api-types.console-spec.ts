import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { consoleTypes, TYPES_FILE } from '../../tools/console-types.mjs';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.remove());

test("the console's types are those of the OpenAPI document; if not: node tools/console-types.mjs <url>", async () => {
  const document = (await (await fetch(`${stack.adminUrl}/openapi.json`)).json()) as object;
  expect(await consoleTypes(document)).toBe(readFileSync(TYPES_FILE, 'utf8'));
});
