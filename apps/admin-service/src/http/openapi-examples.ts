import type { OpenAPIObject } from '@nestjs/swagger';
import type { OperationExamples } from './api-docs.js';
import { operationsIn } from './openapi-operations.js';

/** Adds recorded requests and the service's answers as examples, under their names in the recording. */
export function documentExamples(document: OpenAPIObject, examples: OperationExamples): void {
  for (const { operation } of operationsIn(document))
    for (const [name, { answer, request, status }] of Object.entries(examples[operation.operationId ?? ''] ?? {})) {
      if (request !== undefined) addExample(operation.requestBody, name, request);
      if (answer !== undefined) addExample(operation.responses[String(status)], name, answer);
    }
}

interface Content {
  examples?: Record<string, unknown>;
}

/** Text belongs to the type that is no JSON, where there are two. */
function addExample(place: object | undefined, name: string, value: unknown): void {
  const content = (place as { content?: Record<string, Content> } | undefined)?.content;
  const types = Object.keys(content ?? {});
  const wanted = types.find((type) => (type === 'application/json') === (typeof value !== 'string')) ?? types[0];
  const target = content?.[wanted ?? ''];
  if (target !== undefined) target.examples = { ...target.examples, [name]: { value } };
}
