import { Module } from '@nestjs/common';
import { ConsoleFiles } from './console-files.js';

/** The web console: static files, and one page that every address below /console/ answers with. */
@Module({ providers: [ConsoleFiles] })
export class ConsoleModule {}
