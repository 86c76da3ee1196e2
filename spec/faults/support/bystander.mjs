/**
 * One byte every 20 ms, and how long each takes to come back: first undisturbed, then while something happens. The same with
 * a second server that nothing is done to, for a busy machine is late with every process.
 */
import net from 'node:net';

const everyMs = 20;
const baselineReplies = 25;
const lastRepliesWithinMs = 5_000;

const [host, ...ports] = process.argv.slice(2);
let phase = 'baseline';
let finishing = false;

class Pings {
  latencies = { baseline: [], trial: [] };
  wrong = 0;
  failure;
  #sent = [];
  #received = 0;

  constructor(port) {
    this.socket = net.connect({ port: Number(port), host, noDelay: true });
    this.socket.on('error', (error) => {
      this.failure = error.message;
    });
    this.socket.on('data', (chunk) => this.#take(chunk));
    // The first reply may be a delay away, and is no sample.
    this.socket.once('connect', () => this.#ping()).once('data', () => this.#begin());
  }

  get lost() {
    return this.#sent.length - this.#received;
  }

  #begin() {
    this.latencies.baseline.length = 0;
    setInterval(() => finishing || this.#ping(), everyMs);
  }

  #ping() {
    this.#sent.push({ at: performance.now(), phase });
    this.socket.write(Buffer.of((this.#sent.length - 1) % 32));
  }

  #take(chunk) {
    const now = performance.now();
    // Pings are below 32; whatever a reply adds is not.
    for (const byte of chunk.filter((each) => each < 32)) {
      const ping = this.#sent[this.#received];
      if (ping === undefined || byte !== this.#received % 32) this.wrong += 1;
      else this.latencies[ping.phase].push(now - ping.at);
      this.#received += 1;
    }
    tell();
  }
}

const [disturbed, control] = ports.map((port) => new Pings(port));
const both = [disturbed, control];

function tell(late = false) {
  if (phase === 'baseline' && both.every(({ latencies }) => latencies.baseline.length >= baselineReplies)) {
    phase = 'trial';
    process.send('ready');
  }
  if (!finishing || (!late && both.some(({ lost }) => lost > 0))) return;
  const p99 = (all) => all.sort((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? 0;
  const baselineMs = p99([...disturbed.latencies.baseline, ...control.latencies.baseline]);
  const { lost, wrong, failure } = disturbed;
  const figures = { baselineMs, controlMs: p99(control.latencies.trial), trialMs: p99(disturbed.latencies.trial) };
  process.send({ ...figures, lost, wrong, failure }, () => process.exit());
}

process.on('message', () => {
  finishing = true;
  tell();
  setTimeout(() => tell(true), lastRepliesWithinMs);
});
process.on('disconnect', () => process.exit());
