/** The live view as lines of text, for a terminal of any size. */
import { type Connection, formatAddress } from '../../index.js';
import type { Figures, Peer, Sums } from './figures.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A line, and whether it is a heading. */
export interface Line {
  readonly text: string;
  readonly isHeading?: boolean;
}

const help = 'Ctrl-C shuts down, twice aborts; Ctrl-Z suspends';
/** Of the figures, and of the headings of the peers and of the log. */
const fixedRows = 9;
/** Less than this of the log is of no use. */
const fewestLogRows = 3;

/** How many rows a terminal of this size has for peers. */
export function peerRows({ rows }: Size): number {
  return Math.max(0, Math.min(rows - fixedRows - fewestLogRows, Math.floor((rows - fixedRows) / 2)));
}

/** @param log its last lines, the newest last */
export function frameOf(where: string, figures: Figures, log: readonly string[], size: Size): Line[] {
  const top = [...summary(where, figures, size.columns), ...peers(figures.slowest, size)];
  const room = size.rows - top.length - 1;
  const bottom = room > 0 ? [{ text: twoSides('LOG', help, size.columns), isHeading: true }, ...newest(log, room)] : [];
  return [...top, ...bottom].slice(0, size.rows).map((line) => ({ ...line, text: line.text.slice(0, size.columns) }));
}

function newest(log: readonly string[], count: number): Line[] {
  return count > 0 ? log.slice(-count).map((text) => ({ text })) : [];
}

function summary(where: string, figures: Figures, columns: number): Line[] {
  const { usage, rates, dropped } = figures;
  const state = figures.isDraining ? 'draining' : 'listening';
  const refused = Object.entries(dropped).flatMap(([reason, count]) =>
    count > 0 ? `${shownCount(count)} ${reason}` : [],
  );
  const rows: [string, ...string[]][] = [
    [
      'connections',
      `${shownCount(figures.waiting)} waiting`,
      `${shownCount(figures.answered)} answered`,
      `limit ${shownCount(usage.maxConnections)}`,
    ],
    ['since start', `${shownCount(figures.opened)} opened`, `${shownCount(figures.closed)} closed`, ...volume(figures)],
    ['a second', `${shownRate(rates.opened)} opened`, `${shownRate(rates.closed)} closed`, ...volume(rates)],
    ['dropped', refused.join(', ') || 'none'],
    [
      'memory',
      `${shownBytes(figures.bytesHeld)} held`,
      `${shownBytes(figures.bytesUnsent)} unsent`,
      `budget ${shownBytes(usage.memoryBytes)} of ${shownBytes(usage.memoryLimitBytes)}`,
    ],
  ];
  return [
    { text: twoSides(`rxjs-tcp ${state} on ${where}`, `up ${shownTime(figures.upMs)}`, columns), isHeading: true },
    ...rows.map(([name, ...cells]) => ({
      text: (name.padEnd(13) + cells.map((cell) => cell.padEnd(17)).join('')).trimEnd(),
    })),
  ];
}

function volume({ bytesRead, bytesWritten }: Sums): string[] {
  return [`${shownBytes(bytesRead)} in`, `${shownBytes(bytesWritten)} out`];
}

function peers(slowest: readonly Peer[], size: Size): Line[] {
  const rows = peerRows(size);
  if (rows === 0) return [];
  const lines = slowest.slice(0, rows).map(({ connection, openMs }) => peerLine(connection, openMs, size.columns));
  const head = peerCells('SLOWEST PEERS', ['OPEN FOR', 'IN', 'OUT', 'HELD', 'UNSENT'], size.columns);
  return [{ text: head, isHeading: true }, ...lines];
}

function peerLine(connection: Connection, openMs: number, columns: number): Line {
  const { remote, bytesRead, bytesWritten, bytesHeld, bytesUnsent } = connection;
  const figures = [bytesRead, bytesWritten, bytesHeld, bytesUnsent].map(shownBytes);
  return { text: peerCells(formatAddress(remote), [shownTime(openMs), ...figures], columns) };
}

const cellWidth = 10;

function peerCells(peer: string, cells: readonly string[], columns: number): string {
  const width = Math.max(12, columns - cells.length * cellWidth);
  const shown = peer.length > width ? `${peer.slice(0, width - 1)}…` : peer.padEnd(width);
  return shown + cells.map((cell) => cell.padStart(cellWidth)).join('');
}

function twoSides(left: string, right: string, columns: number): string {
  const gap = columns - left.length - right.length;
  return gap < 2 ? left.padEnd(columns) : left + ' '.repeat(gap) + right;
}

const counts = new Intl.NumberFormat('en');
const rates = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

const shownCount = (count: number): string => (count === Number.POSITIVE_INFINITY ? 'none' : counts.format(count));
const shownRate = (rate: number): string => rates.format(rate);

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

export function shownBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  return `${rates.format(amount)} ${units[unit]}`;
}

export function shownTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 60) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  if (hours === 0) return `${minutes} m ${seconds % 60} s`;
  return hours < 48 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
