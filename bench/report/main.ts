/** `npm run bench:report`: draws an earlier result again, and makes what the README shows of it. */
import { Command } from 'commander';
import { agreementOf } from '../run/compare.js';
import { docsFolder, reportFolder } from '../run/paths.js';
import { readResult } from '../run/result.js';
import { tablesOf } from './headline.js';
import { writeDocs, writeReport } from './write-report.js';

interface Flags {
  readonly report: string;
  readonly docs: boolean;
  readonly compare?: string;
}

await new Command('bench:report')
  .description('Draws the report of an earlier result again, and prints the README’s tables.')
  .argument('<file>', 'the JSON that npm run bench has written')
  .option('--report <folder>', 'where to write the report', reportFolder)
  .option('--compare <file>', 'prints on which ratios this result and an earlier one do not agree')
  .option('--docs', `writes the README’s picture, too: ${docsFolder}/bench.svg`, false)
  .action((file: string, flags: Flags) => {
    const result = readResult(file);
    writeReport(result, flags.report);
    if (flags.docs) writeDocs(result, docsFolder);
    process.stderr.write(`${flags.report}/index.html\n`);
    process.stdout.write(tablesOf(result));
    if (flags.compare !== undefined) process.stdout.write(`\n${agreementOf(readResult(flags.compare), result)}\n`);
  })
  .parseAsync()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });
