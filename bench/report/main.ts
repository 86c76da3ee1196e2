/** `npm run bench:report`: draws an earlier result again, and makes what the README shows of it. */
import { Command } from 'commander';
import { agreementOf } from '../run/agreement.js';
import { docsFolder, reportFolder } from '../run/paths.js';
import { readResult } from '../run/result-file.js';
import { markdownOf } from './markdown.js';
import { writeDocs, writeReport } from './write-report.js';

interface Flags {
  readonly report: string;
  readonly docs: boolean;
  readonly compare?: string;
}

await new Command('bench:report')
  .description('Draws the report of an earlier result again, and prints the README’s table.')
  .argument('<file>', 'what npm run bench has written as JSON')
  .option('--report <folder>', 'where to', reportFolder)
  .option('--compare <file>', 'says which ratios of an earlier result this one does not find again')
  .option('--docs', `writes the README’s picture, too: ${docsFolder}/bench.svg`, false)
  .action((file: string, flags: Flags) => {
    const result = readResult(file);
    writeReport(result, flags.report);
    if (flags.docs) writeDocs(result, docsFolder);
    process.stderr.write(`${flags.report}/index.html\n`);
    process.stdout.write(markdownOf(result));
    if (flags.compare !== undefined) process.stdout.write(`\n${agreementOf(readResult(flags.compare), result)}\n`);
  })
  .parseAsync()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });
