import { Global, Module } from '@nestjs/common';
import { IdempotentAnswers } from './idempotent-answers.js';
import { RequestFingerprints } from './request-fingerprints.js';
import { StreamReader } from './stream-reader.js';
import { Writer } from './writer.js';

/** Running writes. */
@Global()
@Module({
  providers: [Writer, IdempotentAnswers, RequestFingerprints, StreamReader],
  exports: [Writer, IdempotentAnswers, StreamReader],
})
export class WriteModule {}
