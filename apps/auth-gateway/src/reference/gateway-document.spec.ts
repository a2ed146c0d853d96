import 'reflect-metadata';
import { expect, test } from '@jest/globals';
import { type ApiDocument, operationsOf } from '@keyfold/testing/openapi/api-document';
import { unsaidIn } from '@keyfold/testing/openapi/document-texts';
import { gatewayDocument } from './gateway-document.js';

const document = gatewayDocument() as ApiDocument;

test('the document says everything about each operation, each parameter, each member and each refusal', () => {
  expect(operationsOf(document)).toHaveLength(7);
  expect(unsaidIn(document)).toEqual([]);
});

test('nginx is shown no status but those that it takes', () => {
  const nginx = operationsOf(document).find(({ operationId }) => operationId === 'checkNginxRequest');
  expect(Object.keys(nginx?.responses ?? {})).toEqual(['200', '401', '403']);
});
