import { Module } from '@nestjs/common';
import { ExpiryNotices } from './expiry-notices.js';
import { LogNotices } from './log-notices.js';
import { NoticeQueries } from './notice-queries.js';
import { NoticeSchedule } from './notice-schedule.js';
import { NoticesController } from './notices.controller.js';

/** What key owners are told: notices of the log's records, of ends that come near, and of retired keys in use. */
@Module({
  controllers: [NoticesController],
  providers: [LogNotices, ExpiryNotices, NoticeQueries, NoticeSchedule],
})
export class NoticesModule {}
