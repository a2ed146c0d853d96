import { Global, Module } from '@nestjs/common';
import { Causes } from './causes.js';
import { IdempotentAnswers } from './idempotent-answers.js';
import { RequestFingerprints } from './request-fingerprints.js';
import { RowWrites } from './row-writes.js';
import { StreamReader } from './stream-reader.js';
import { Writer } from './writer.js';

/** Running writes. */
@Global()
@Module({
  providers: [Writer, RowWrites, IdempotentAnswers, RequestFingerprints, StreamReader, Causes],
  exports: [Writer, RowWrites, IdempotentAnswers, StreamReader, Causes],
})
export class WriteModule {}
