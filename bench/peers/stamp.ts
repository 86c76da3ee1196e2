/** The reply `Echo=>DATA at TIME` around its data. */

export const head = Buffer.from('Echo=>');

let second = 0;
let tail = Buffer.alloc(0);

/** Cached for a second: Node has no ctime, and formatting a date for every reply would dominate the measurement. */
export function stampTail(): Buffer {
  const now = Date.now();
  if (Math.floor(now / 1000) === second) return tail;
  second = Math.floor(now / 1000);
  const [weekday, month, day, year, time] = new Date(now).toString().split(' ') as [
    string,
    string,
    string,
    ...string[],
  ];
  tail = Buffer.from(` at ${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`);
  return tail;
}
