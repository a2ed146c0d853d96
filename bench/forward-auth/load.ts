import { runHttpLoad } from '../support/http-load.js';

await runHttpLoad({
  args: process.argv.slice(2),
  lines: [
    'X-Forwarded-Method: GET',
    'X-Forwarded-Uri: /reports/42',
    'X-Forwarded-Host: reports.example.com',
    'X-Forwarded-For: 192.0.2.7',
  ],
  // Both sides answer with empty bodies, so the end of the headers is the end of the answer.
  answerEnd: '\r\n\r\n',
});
