/** Prints the counts of vitest's last run; fails if nothing passed, or if what it skipped is not what `.ci/skipped.json` lists. */
import { readFileSync } from 'node:fs';

const list = '.ci/skipped.json';
const [run] = process.argv.slice(2);
const { numPassedTests, numFailedTests, numPendingTests, testResults } = read('coverage/results.json');
const listed = read(list)[run];
if (listed === undefined) throw new Error(`${list} has no entry '${run}'`);

const isPattern = (entry) => entry.startsWith('/');
const patterns = listed.filter(isPattern).map((entry) => new RegExp(entry.slice(1, -1)));
const names = listed.filter((entry) => !isPattern(entry));
const skipped = testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status !== 'passed' && status !== 'failed')
  .map(({ fullName }) => fullName);

for (const name of skipped) {
  if (names.includes(name) || patterns.some((pattern) => pattern.test(name))) continue;
  fail(`'${name}' skipped. Install what it needs in .ci/run, or list it in ${list} under '${run}'.`);
}
for (const name of names) {
  if (skipped.includes(name)) continue;
  fail(`'${name}' no longer skips. Remove it from ${list} under '${run}'.`);
}
if (numPassedTests === 0) fail('No test passed.');
if (numFailedTests > 0) fail(`${numFailedTests} tests failed.`);
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function fail(problem) {
  console.error(`${run}: ${problem}`);
  process.exitCode = 1;
}
