import { Module } from '@nestjs/common';
import { AcknowledgeForkHandler } from './acknowledge-fork.js';
import { ForkQueries } from './fork-queries.js';
import { ForksController } from './forks.controller.js';

/** Seeing and acknowledging a fork of the log. */
@Module({ controllers: [ForksController], providers: [AcknowledgeForkHandler, ForkQueries] })
export class ForksModule {}
