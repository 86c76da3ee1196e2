/** `npm run bench:load`: loads any echo server, and prints the generator's report. */
import { inspect } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import ms from 'ms';
import { type LoadPlan, limitedAtCpu, type Target } from './plan.js';
import { runLoad } from './run-load.js';

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
const target = (text: string): Omit<Target, 'reply'> => {
  const [, host, port] = /^(?:\[?([^\]]+)\]?:)?(\d+)$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) throw new InvalidArgumentError('Expected host:port.');
  return { host: host ?? '127.0.0.1', port: Number(port) };
};

await new Command('bench:load')
  .description('Loads an echo server and checks every reply. Without --rate a closed loop, with --rate an open one.')
  .argument('<host:port>', 'the server; start it with no delay', target)
  .option('--connections <count>', 'at once', integer, 100)
  .option('--rate <messages>', 'a second in all; latency counts from the time when a message was due', integer)
  .option('--in-flight <messages>', 'in flight on each connection, without --rate', integer, 1)
  .option('--size <bytes>', 'of a message, up to 65536', integer, 64)
  .option('--duration <duration>', 'counted', duration, 10_000)
  .option('--warmup <duration>', 'not counted', duration, 1_000)
  .addOption(new Option('--reply <format>', 'how the server replies').choices(['text', 'raw']).default('text'))
  .action(async (target: Omit<Target, 'reply'>, { reply, rate, inFlight, connections, ...flags }) => {
    const common = { connections, messageBytes: flags.size, warmupMs: flags.warmup, durationMs: flags.duration };
    const plan: LoadPlan =
      rate === undefined ? { kind: 'closed', ...common, inFlight } : { kind: 'open', ...common, ratePerSecond: rate };
    const report = await runLoad(plan, { ...target, reply }, async () => {});
    const perSecond = Math.round(report.messages / report.seconds);
    const limited = report.generatorCpu >= limitedAtCpu && 'the generator was the limit: the server may be faster';
    process.stdout.write(`${inspect({ perSecond, ...report, ...(limited && { limited }) })}\n`);
    process.exit(report.faults > 0 ? 1 : 0);
  })
  .parseAsync();
