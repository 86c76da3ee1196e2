/** What a terminal has shown, as lines of pieces: each piece has one style, and the time when it appeared. */

/** By the number of the escape sequence that sets or ends it. */
const styles = new Map([
  ['1', 'bold'],
  ['22', ''],
  ['31', 'red'],
  ['32', 'green'],
  ['33', 'yellow'],
  ['39', ''],
]);

const separators = new RegExp(`(\r\n|${'\u001b'}\\[\\d+m)`);
/** The echo of one typed word comes in several chunks. */
const togetherMs = 50;

/** Throws where a terminal would do more than append text: the picture could not show it as it was. */
export function linesOf(chunks, columns) {
  const lines = [[]];
  let style = '';
  for (const { at, text } of chunks) {
    for (const part of text.split(separators)) {
      const line = lines.at(-1);
      const last = line.at(-1);
      if (part === '\r\n') lines.push([]);
      else if (part.startsWith('\u001b')) style = styleOf(part);
      else if (/\p{Cc}/u.test(part)) throw new Error(`Expected text and styles only, got ${JSON.stringify(part)}`);
      else if (last?.style === style && at - last.at < togetherMs) last.text += part;
      else if (part !== '') line.push({ at, style, text: part });
    }
  }
  for (const line of lines) {
    const text = line.map((piece) => piece.text).join('');
    if (text.length > columns) throw new Error(`Expected at most ${columns} columns, got ${text.length}: ${text}`);
  }
  return lines;
}

function styleOf(sequence) {
  const style = styles.get(sequence.slice(2, -1));
  if (style === undefined) throw new Error(`Expected a known style, got ${JSON.stringify(sequence)}`);
  return style;
}
