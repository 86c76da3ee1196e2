/** `npm run bench` measures, prints the table, writes the report and compares results; `npm run bench:report` starts from a result. */
import { Command, InvalidArgumentError } from 'commander';
import { peers } from '../peers.js';
import { tablesOf } from '../report/headline.js';
import { writeDocs, writeReport } from '../report/write-report.js';
import { scenarios } from '../scenarios.js';
import { availablePeers } from './available-peers.js';
import { agreementOf, compare } from './compare.js';
import { watchEnvironment } from './environment.js';
import { type Choice, chosenPeers, chosenScenarios, matrixOf, notTried } from './matrix.js';
import { measure } from './measure.js';
import { docsFolder, reportFolder } from './paths.js';
import { type Result, type Run, readResult, resultVersion } from './result.js';
import { summarise } from './summary.js';
import { counted, tableOf } from './table.js';

interface Flags extends Choice {
  readonly from?: string;
  readonly rounds?: number;
  readonly report: string;
  readonly docs: boolean;
  readonly compare?: string;
}

const fullRounds = 3;

await new Command('bench')
  .description('Measures this server beside its peers.')
  .option('--quick', 'about a minute: one round, few cells, few peers', false)
  .option('--scenario <names>', 'only these, separated by commas', namesOf(scenarios))
  .option('--peers <names>', 'only these; ratios need net, verdicts net-again', namesOf(peers))
  .option('--rounds <count>', `default ${fullRounds}, with --quick 1`, integer)
  .option(
    '--from <file>',
    'measures nothing: draws the report of an earlier run’s result.json again, and prints its tables',
  )
  .option('--report <folder>', 'for the page, the pictures, the JSON and the tables in Markdown', reportFolder)
  .option('--docs', `writes the README’s picture, too: ${docsFolder}/bench.svg`, false)
  .option(
    '--compare <file>',
    'with an earlier run’s result.json; exits with 1 where this project got worse beyond the noise',
  )
  .action(bench)
  .parseAsync()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });

async function bench(flags: Flags): Promise<void> {
  const before = flags.compare === undefined ? undefined : readResult(flags.compare);
  const result = flags.from === undefined ? await measureAll(flags) : readResult(flags.from);
  process.stdout.write(flags.from === undefined ? `${tableOf(result)}\n` : tablesOf(result));
  writeReport(result, flags.report);
  if (flags.docs) writeDocs(result, docsFolder);
  process.stderr.write(`${flags.report}/index.html\n`);
  if (!result.runs.some((run) => run.void === undefined)) process.exitCode = 1;
  if (before === undefined) return;
  const { lines, compared, regressions } = compare(before, result);
  process.stdout.write(`\n${lines.join('\n')}\n${agreementOf(before, result)}\n`);
  if (regressions > 0) process.exitCode = 1;
  else if (compared === 0) process.exitCode = 2;
}

async function measureAll(flags: Flags): Promise<Result> {
  if (process.platform !== 'linux') throw new Error('The benchmark reads /proc, and so needs Linux');
  const environment = watchEnvironment();
  const rounds = flags.rounds ?? (flags.quick ? 1 : fullRounds);
  const { available, skipped } = await availablePeers(chosenPeers(flags));
  const chosen = chosenScenarios(flags);
  const places = matrixOf(chosen, available, rounds);
  const totalMs = places.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
  process.stderr.write(
    `${counted(places.length, 'run')} of ${counted(available.length, 'peer')}, about ${clock(totalMs)} min\n`,
  );

  const runs: Run[] = [];
  let leftMs = totalMs;
  for (const place of places) {
    const { scenario, cell, peer, round, expectedMs } = place;
    progress(`${clock(leftMs)} left · ${scenario.name} ${cell.name}, ${peer.name}, round ${round + 1}`);
    runs.push(await measure(place));
    leftMs -= expectedMs;
  }
  progress('');
  return {
    version: resultVersion,
    environment: environment(),
    rounds,
    scenarios: chosen,
    peers: available.map(({ name }) => name),
    skipped: [...skipped, ...notTried(chosen, available)],
    runs,
    summary: summarise(chosen, runs),
  };
}

/** In place of the line before, on a terminal. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
}

/** `1:05` */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function namesOf(known: readonly { readonly name: string }[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(',');
    const unknown = names.find((name) => !known.some((one) => one.name === name));
    if (unknown === undefined) return names;
    throw new InvalidArgumentError(`Expected some of ${known.map(({ name }) => name).join(',')}, got ${unknown}.`);
  };
}

function integer(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('Expected an integer from 1.');
  return count;
}
