/** Makes what two runs print comparable. */

/** With every time stamp, port and tenth of a second replaced. */
export function timeless(text: string): string {
  return text
    .replaceAll(/\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, 'TIME')
    .replaceAll(/(after \d+)\.\d s/g, '$1 s')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS');
}
