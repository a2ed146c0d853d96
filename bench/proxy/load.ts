import { runHttpLoad } from '../support/http-load.js';
import { ANSWER_END } from './answer-end.js';

await runHttpLoad({
  args: process.argv.slice(2),
  lines: ['Accept: application/json', 'User-Agent: bench'],
  answerEnd: ANSWER_END,
});
