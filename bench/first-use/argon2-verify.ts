import argon2 from 'argon2';

// What is compared with: argon2.verify alone, one after the other. Started as: argon2-verify.js <hash> <secret> <times>; prints milliseconds.
const [, , phc = '', secret = '', times = '1'] = process.argv;
const milliseconds: number[] = [];
for (let time = 0; time < Number(times); time += 1) {
  const start = performance.now();
  if (!(await argon2.verify(phc, secret))) throw new Error('this is not its secret');
  milliseconds.push(performance.now() - start);
}
process.stdout.write(`${JSON.stringify(milliseconds)}\n`);
