/** What a server reads of RESP, the protocol of Redis: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
import { defer, map, type OperatorFunction } from 'rxjs';

const most = { lineBytes: 1_024, arguments: 128, argumentBytes: 16_384 };

/** Emits the commands that each chunk completes: a name and its arguments, as strings in which a character is a byte (latin1). */
export const commands = (): OperatorFunction<Buffer, string[][]> => (chunks$) =>
  defer(() => chunks$.pipe(map(decoder())));

export function decoder() {
  let text = '';
  let at = 0;
  let command: string[] = [];
  let missing = 0;
  let length: number | undefined;

  const take = (bytes: number): string => {
    const taken = text.slice(at, at + bytes);
    at += bytes + 2;
    return taken;
  };
  const takeLine = (): string | undefined => {
    const end = text.indexOf('\r\n', at);
    if (end !== -1) return take(end - at);
    if (text.length - at > most.lineBytes) throw new Error('Protocol error: too long a line');
    return undefined;
  };
  /** Undefined until more has come: then it goes on from there. */
  const next = (): string[] | undefined => {
    if (missing === 0) {
      const line = takeLine();
      if (!line?.startsWith('*')) return line?.split(' '); // typed by hand
      missing = numberIn(line, '*', most.arguments);
      command = [];
    }
    for (; missing > 0; missing -= 1) {
      const line = length === undefined ? takeLine() : undefined;
      if (line !== undefined) length = numberIn(line, '$', most.argumentBytes);
      if (length === undefined || text.length < at + length + 2) return undefined;
      command.push(take(length));
      length = undefined;
    }
    return command;
  };
  return (chunk: Buffer): string[][] => {
    const all: string[][] = [];
    text = text.slice(at) + chunk.toString('latin1');
    at = 0;
    for (let complete = next(); complete !== undefined; complete = next()) all.push(complete);
    return all;
  };
}

function numberIn(line: string, sign: '*' | '$', limit: number): number {
  const number = line.startsWith(sign) ? Number(line.slice(1)) : Number.NaN;
  if (Number.isInteger(number) && number >= 0 && number <= limit) return number;
  throw new Error(`Protocol error: ${line}`);
}
