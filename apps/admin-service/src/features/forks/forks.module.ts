import { Module } from '@nestjs/common';
import { AcknowledgeForkHandler } from './acknowledge-fork.js';
import { ForksController } from './forks.controller.js';

/** Acknowledging a fork of the log. */
@Module({ controllers: [ForksController], providers: [AcknowledgeForkHandler] })
export class ForksModule {}
