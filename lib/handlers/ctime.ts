/** The time as C's `ctime` and Python's `time.ctime` print it: `Mon Nov 23 06:04:00 2026`, in local time. */
import dayjs from 'dayjs';

/** The names are English whatever locale the program has set for dayjs, as C's are. */
const locale = 'en';

/** `time` is in milliseconds since 1970. The day of the month is padded with a space (C17, section 7.27.3.1). */
export function ctime(time: number): string {
  const local = dayjs(time).locale(locale);
  return `${local.format('ddd MMM')} ${String(local.date()).padStart(2)} ${local.format('HH:mm:ss')} ${local.year()}`;
}

/** A `ctime` that prints each second once: 2 µs are a third of what a whole reply costs, and a busy second has thousands. */
export function ctimeBySecond(): (time: number) => string {
  let second = Number.NaN;
  let printed = '';
  return (time) => {
    const current = Math.floor(time / 1_000);
    if (current !== second) {
      second = current;
      printed = ctime(time);
    }
    return printed;
  };
}
