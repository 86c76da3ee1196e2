/**
 * One byte every 5 ms, and how long each takes to come back: first undisturbed, then while something happens. For how long
 * the server, or this process, was ready to go on and had no processor is taken off: that is the machine's doing.
 */
import { openSync, readSync } from 'node:fs';
import net from 'node:net';

const everyMs = 5; // a p99 is to be the second worst at least, also in half a second
const baselineReplies = 100;
const lastRepliesWithinMs = 5_000;

const [host, port, serverPid] = process.argv.slice(2);
const schedstats = { server: openSync(`/proc/${serverPid}/schedstat`), self: openSync('/proc/self/schedstat') };
const line = Buffer.alloc(64);
const latencies = { baseline: [], trial: [] };
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
  latencies.baseline.length = 0;
  setInterval(() => finishing || ping(), everyMs);
}

function ping() {
  sent.push({ phase, at: unqueuedMs() });
  socket.write(Buffer.of((sent.length - 1) % 32));
}

function take(chunk) {
  const now = unqueuedMs();
  // Pings are below 32; whatever a reply adds is not.
  for (const byte of chunk.filter((each) => each < 32)) {
    const ping = sent[received];
    if (ping === undefined || byte !== received % 32) wrong += 1;
    else latencies[ping.phase].push(now - ping.at);
    received += 1;
  }
  tell();
}

/** A clock that stands while either process waits for a processor. Where this one has waited between the readings, they are made again. */
function unqueuedMs() {
  for (;;) {
    const queued = queuedMs(schedstats.self);
    const time = performance.now() - queued - queuedMs(schedstats.server);
    if (queuedMs(schedstats.self) === queued) return time;
  }
}

/** How long a process has waited for a processor so far: the second field of schedstat (proc(5)), in ns. */
function queuedMs(schedstat) {
  const length = readSync(schedstat, line, 0, line.length, 0);
  return Number(line.latin1Slice(0, length).split(' ')[1]) / 1_000_000;
}

function tell(late = false) {
  if (phase === 'baseline' && latencies.baseline.length >= baselineReplies) {
    phase = 'trial';
    process.send('ready');
  }
  const lost = sent.length - received;
  if (!finishing || (!late && lost > 0)) return;
  const p99 = (all) => all.sort((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? 0;
  const figures = { baselineMs: p99(latencies.baseline), trialMs: p99(latencies.trial) };
  process.send({ ...figures, lost, wrong, failure }, () => process.exit());
}

process.on('message', () => {
  finishing = true;
  tell();
  setTimeout(() => tell(true), lastRepliesWithinMs);
});
process.on('disconnect', () => process.exit());
