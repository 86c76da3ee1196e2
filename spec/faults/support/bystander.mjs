/**
 * One byte every 5 ms, and how long each takes to come back: first undisturbed, then while something happens. For how long
 * the server, or this process, was ready to go on and had no processor is taken off: that is the machine's doing. So it is where the
 * server's main thread stands still for a thread that collects garbage, and that one has no processor.
 */
import { openSync, readdirSync, readSync } from 'node:fs';
import net from 'node:net';

const everyMs = 5; // a p99 is to be the second worst at least, also in half a second
const baselineReplies = 100;
const lastRepliesWithinMs = 5_000;

const [host, port, serverPid] = process.argv.slice(2);
const schedstatOf = (thread) => openSync(`/proc/${serverPid}/task/${thread}/schedstat`);
const self = openSync('/proc/self/schedstat');
const main = schedstatOf(serverPid);
const helpers = readdirSync(`/proc/${serverPid}/task`)
  .filter((thread) => thread !== serverPid)
  .map(schedstatOf);
const line = Buffer.alloc(64);
const replies = { baseline: [], trial: [] };
const sent = [];
let phase = 'baseline';
let received = 0;
let wrong = 0;
let failure;
let finishing = false;

const socket = net.connect({ port: Number(port), host, noDelay: true });
socket.on('error', (error) => {
  failure = error.message;
});
socket.on('data', take);
// The first reply may be a delay away, and is no sample.
socket.once('connect', ping).once('data', begin);

function begin() {
  replies.baseline.length = 0;
  setInterval(() => finishing || ping(), everyMs);
}

function ping() {
  sent.push({ phase, ...moment() });
  socket.write(Buffer.of((sent.length - 1) % 32));
}

function take(chunk) {
  const now = moment();
  // Pings are below 32; whatever a reply adds is not.
  for (const byte of chunk.filter((each) => each < 32)) {
    const ping = sent[received];
    if (ping === undefined || byte !== received % 32) wrong += 1;
    else replies[ping.phase].push(between(ping, now));
    received += 1;
  }
  tell();
}

/** `at` stands while either process waits for a processor. Where this one has waited between the readings, they are made again. */
function moment() {
  for (;;) {
    const { queuedMs } = threadTimes(self);
    const now = performance.now();
    const { ranMs, queuedMs: mainQueuedMs } = threadTimes(main);
    const helpersQueuedMs = helpers.map((helper) => threadTimes(helper).queuedMs);
    const at = now - queuedMs - mainQueuedMs;
    if (threadTimes(self).queuedMs === queuedMs) return { at, ranMs, helpersQueuedMs };
  }
}

/** How long a thread has run and has waited for a processor so far: the first fields of schedstat (proc(5)), in ns. */
function threadTimes(schedstat) {
  const length = readSync(schedstat, line, 0, line.length, 0);
  const [ran, queued] = line.latin1Slice(0, length).split(' ');
  return { ranMs: Number(ran) / 1_000_000, queuedMs: Number(queued) / 1_000_000 };
}

function between(ping, now) {
  const ms = now.at - ping.at;
  const idleMs = ms - (now.ranMs - ping.ranMs);
  const helperQueuedMs = Math.max(
    0,
    ...now.helpersQueuedMs.map((queuedMs, index) => queuedMs - ping.helpersQueuedMs[index]),
  );
  return { ms, idleMs, helperQueuedMs };
}

/** What the main thread runs for counts whole, and so does the time for which it idles undisturbed. */
function latency({ ms, idleMs, helperQueuedMs }, usualIdleMs) {
  return ms - Math.max(0, Math.min(helperQueuedMs, idleMs - usualIdleMs));
}

function quantile(values, part) {
  return values.sort((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? 0;
}

function tell(late = false) {
  if (phase === 'baseline' && replies.baseline.length >= baselineReplies) {
    phase = 'trial';
    process.send('ready');
  }
  const lost = sent.length - received;
  if (!finishing || (!late && lost > 0)) return;
  const usualIdleMs = quantile(
    replies.baseline.map(({ idleMs }) => idleMs),
    0.5,
  );
  const latencies = (all) => all.map((reply) => latency(reply, usualIdleMs));
  const p99 = (all) => quantile(latencies(all), 0.99);
  const figures = { baselineMs: p99(replies.baseline), trialMs: p99(replies.trial) };
  process.send({ ...figures, lost, wrong, failure }, () => process.exit());
}

process.on('message', () => {
  finishing = true;
  tell();
  setTimeout(() => tell(true), lastRepliesWithinMs);
});
process.on('disconnect', () => process.exit());
