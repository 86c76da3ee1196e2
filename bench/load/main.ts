/** `npm run bench:load`: load on any server that echoes, and a short table. */
import { Command, InvalidArgumentError, Option } from 'commander';
import ms from 'ms';
import { type LoadPlan, type LoadReport, limitedAtCpu, type ReplyFormat, type Target } from './plan.js';
import { runLoad } from './run-load.js';

interface Flags {
  readonly connections: number;
  readonly rate?: number;
  readonly inFlight: number;
  readonly size: number;
  readonly duration: number;
  readonly warmup: number;
  readonly reply: ReplyFormat;
}

const integer = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Expected an integer from 1.');
  return value;
};
const duration = (text: string): number => {
  const value = ms(text as ms.StringValue);
  if (value === undefined || value < 0) throw new InvalidArgumentError('Expected a duration such as 250ms or 10s.');
  return value;
};
const target = (text: string): Target => {
  const [, host, port] = /^(?:\[?([^\]]+)\]?:)?(\d+)$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) throw new InvalidArgumentError('Expected host:port.');
  return { host: host ?? '127.0.0.1', port: Number(port) };
};

await new Command('bench:load')
  .description('Loads an echo server and checks every answer. Without --rate a closed loop, with it an open one.')
  .argument('<host:port>', 'the server, started with as short a delay as it has', target)
  .option('--connections <count>', 'at once', integer, 100)
  .option('--rate <messages>', 'a second, over all connections; latency counts from when each was due', integer)
  .option('--in-flight <messages>', 'on their way on each connection, without --rate', integer, 1)
  .option('--size <bytes>', 'of a message, up to 65536', integer, 64)
  .option('--duration <duration>', 'counted', duration, 10_000)
  .option('--warmup <duration>', 'not counted', duration, 1_000)
  .addOption(new Option('--reply <format>', 'what the server answers').choices(['text', 'raw']).default('text'))
  .action(async (target: Target, flags: Flags) => {
    const report = await runLoad(planOf(flags), target, flags.reply, async () => {});
    process.stdout.write(`${tableOf(report)}\n`);
    process.exit(report.faults > 0 ? 1 : 0);
  })
  .parseAsync();

function planOf({ connections, rate, inFlight, size, duration, warmup }: Flags): LoadPlan {
  const common = { connections, messageBytes: size, warmupMs: warmup, durationMs: duration };
  if (rate === undefined) return { kind: 'closed', ...common, inFlight };
  return { kind: 'open', ...common, ratePerSecond: rate };
}

function tableOf(report: LoadReport): string {
  const { latencyUs: latency } = report;
  const rows = [
    ['messages', `${report.messages} in ${report.seconds.toFixed(2)} s`],
    ['a second', Math.round(report.messages / report.seconds).toLocaleString('en')],
    ['data a second', `${(report.bytes / report.seconds / 1e6).toFixed(2)} MB`],
  ];
  if (latency !== undefined) {
    for (const [name, us] of Object.entries(latency)) rows.push([`latency ${name}`, `${(us / 1000).toFixed(3)} ms`]);
  }
  if (report.latenessUs !== undefined) rows.push(['sent late, p99', `${(report.latenessUs / 1000).toFixed(3)} ms`]);
  const limited = report.generatorCpu >= limitedAtCpu ? ' (it was the limit: the server may do better)' : '';
  rows.push(['own CPU', `${Math.round(report.generatorCpu * 100)} % of a core${limited}`]);
  if (report.unanswered > 0) rows.push(['unanswered', String(report.unanswered)]);
  rows.push(['faults', report.faults === 0 ? 'none' : `${report.faults}, first: ${report.firstFault}`]);
  return rows.map(([name, value]) => `${name?.padEnd(16)}${value}`).join('\n');
}
