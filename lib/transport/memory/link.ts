/** What joins two hosts of a network in memory, or a host to itself: segments take their time on it, are lost or kept. */
import type { SchedulerLike } from 'rxjs';
import { formatAddress } from '../../values/address.js';
import { deviation, randomFrom } from '../../values/random.js';
import type { Lane, LaneLink, Segment, SegmentKind } from './lane.js';

export interface LinkOptions {
  readonly scheduler: SchedulerLike;
  /** Calls after that long, behind what was carried as long before. */
  readonly carry: (deliver: () => void, latencyMs: number) => void;
  readonly trace: ((line: string) => void) | undefined;
  readonly seed: number;
}

export class Link implements LaneLink {
  readonly #options: LinkOptions;
  readonly #random: () => number;
  #latencyMs: number;
  #jitterMs = 0;
  #isCut = false;
  #isHeld = false;
  /** In the order in which they were sent on each lane. */
  #waiting: Segment[] = [];
  /** Those with an open socket or segments on their way, in the order in which they were made. */
  readonly #lanes = new Set<Lane>();
  #lastOrder = 0;

  constructor(options: LinkOptions, latencyMs: number) {
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#latencyMs = latencyMs;
  }

  get lanes(): readonly Lane[] {
    return [...this.#lanes];
  }

  add(lane: Lane): void {
    lane.link = this;
    this.#lanes.add(lane);
  }

  // ---- what becomes of it ----

  /** What is sent from now on travels so long, more or less the jitter. */
  setLatency(latencyMs: number, jitterMs: number): void {
    this.#latencyMs = latencyMs;
    this.#jitterMs = jitterMs;
  }

  cut(isCut: boolean): void {
    this.#isCut = isCut;
    this.update();
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.update();
  }

  /** Something about the link or its hosts has changed: what is on it stops, or goes on. */
  update(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const segment of waiting) this.#reconsider(segment);
    const blocked = [...this.#lanes].filter((lane) => this.blocks(lane));
    const interrupted = blocked.flatMap((lane) => lane.interrupt());
    for (const segment of interrupted.sort((one, other) => one.order - other.order)) this.#keep(segment);
    for (const lane of this.#lanes) {
      if (this.blocks(lane)) lane.watch();
      else lane.socket?.resumeSending();
    }
  }

  // ---- what its lanes ask of it ----

  blocks(lane: Lane): boolean {
    return this.#isHeld || this.#loses(lane);
  }

  send(lane: Lane, kind: SegmentKind, arrive: () => void, isAnswer: boolean): void {
    this.#lastOrder += 1;
    const segment = { lane, kind, isAnswer, arrive, order: this.#lastOrder, isLost: false };
    this.#tell(segment);
    if (this.blocks(lane)) this.#keep(segment);
    else this.#depart(segment);
  }

  arrived(segment: Segment): void {
    const { lane, kind } = segment;
    const { trace, scheduler } = this.#options;
    lane.heardAt = scheduler.now(); // by its acknowledgement
    if (lane.back) lane.back.heardAt = lane.heardAt;
    trace?.(`${formatAddress(lane.to)} < ${formatAddress(lane.from)} ${name(kind)}`);
    segment.arrive();
    this.settle(lane);
  }

  settle(lane: Lane): void {
    if (lane.isClosed && lane.isEmpty) this.#lanes.delete(lane);
  }

  #depart(segment: Segment): void {
    const { lane } = segment;
    this.#lanes.add(lane); // one that is closed was forgotten
    this.#options.carry(lane.depart(segment), this.#delayOf(lane));
  }

  /** How long the next segment travels: not less than what is ahead of it. */
  #delayOf(lane: Lane): number {
    const now = this.#options.scheduler.now();
    const jitterMs = this.#jitterMs === 0 ? 0 : deviation(this.#jitterMs, this.#random);
    const delayMs = Math.max(0, this.#latencyMs + jitterMs);
    if (now + delayMs < lane.arrivesAt) return Math.ceil(lane.arrivesAt - now);
    lane.arrivesAt = now + delayMs;
    return delayMs;
  }

  // ---- what does not arrive ----

  #loses(lane: Lane): boolean {
    return this.#isCut || lane.target?.isDown === true;
  }

  #keep(segment: Segment): void {
    segment.isLost = this.#loses(segment.lane);
    this.#tell(segment, segment.isLost ? ' lost' : ' held');
    if (!segment.isLost || segment.kind !== 'probe') this.#waiting.push(segment); // the next probe takes the place of a lost one
  }

  #reconsider(segment: Segment): void {
    const { lane, isLost, isAnswer } = segment;
    if (this.#loses(lane)) {
      if (isLost) this.#waiting.push(segment);
      else this.#keep(segment);
      return;
    }
    if (isLost) {
      // TCP repeats until it is acknowledged, and a link that is held keeps that; but after a reset there is no sender.
      if (lane.isGone && !isAnswer) return;
      this.#tell(segment, ' again');
      segment.isLost = false;
    }
    if (this.#isHeld) this.#waiting.push(segment);
    else this.#depart(segment);
  }

  #tell({ lane, kind }: Segment, what = ''): void {
    this.#options.trace?.(`${formatAddress(lane.from)} > ${formatAddress(lane.to)} ${name(kind)}${what}`);
  }
}

function name(kind: SegmentKind): string {
  return typeof kind === 'number' ? `${kind} bytes` : kind;
}
