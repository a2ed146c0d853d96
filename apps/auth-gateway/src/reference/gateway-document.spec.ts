import 'reflect-metadata';
import { expect, test } from '@jest/globals';
import { type ApiDocument, operationsOf } from '@keyfold/testing/openapi/api-document';
import { unsaidIn } from '@keyfold/testing/openapi/document-texts';
import { gatewayDocument } from './gateway-document.js';

const document = gatewayDocument() as ApiDocument;

test('the document says everything about each operation, each parameter, each member and each refusal', () => {
  expect(unsaidIn(document)).toEqual([]);
});

// The gateway answers any method, so a wrong one in the document is seen nowhere else.
test('each operation has its method, and stands beside those who ask in the same way', () => {
  const operations = operationsOf(document).map(({ method, path, tags }) => `${method} ${path} ${tags.join()}`);
  expect(operations).toEqual([
    'GET /v1/forward-auth Proxies',
    'GET /v1/auth-request Proxies',
    'GET /v1/ext-authz/{path} Proxies',
    'POST /v1/verify Services',
    'GET /v1/me Services',
    'POST /v1/token Services',
    'GET /.well-known/jwks.json Services',
  ]);
});

test('nginx is shown no status but those that it takes', () => {
  const nginx = operationsOf(document).find(({ operationId }) => operationId === 'checkNginxRequest');
  expect(Object.keys(nginx?.responses ?? {})).toEqual(['200', '401', '403']);
});
