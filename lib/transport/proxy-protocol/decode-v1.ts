/** Version 1 of the PROXY protocol: a line of text. */
import { formatIp, parseIp } from '../../values/ip-address.js';
import { type Found, invalid, lineStart, noEnds } from './header.js';

/** With CRLF: the longest line that the protocol's sender can write. */
const maxBytes = 107;

const crlf = '\r\n';

/** A field behind the family. */
interface Field {
  readonly name: string;
  readonly expected: string;
  /** Accepts what has come of a field, as long as its end has not. */
  readonly begun: RegExp;
  accepts(value: string): boolean;
}

const address = (name: string, expected: string, byteLength: number, begun: RegExp): Field => ({
  ...{ name, expected, begun },
  accepts: (value) => parseIp(value)?.length === byteLength,
});

const port = (name: string): Field => ({
  ...{ name, expected: 'a port from 0 to 65535', begun: /^\d{0,5}$/ },
  accepts: (value) => /^(?:0|[1-9]\d{0,4})$/.test(value) && Number(value) <= 65_535,
});

const fieldsOf = (...kind: [expected: string, byteLength: number, begun: RegExp]): readonly Field[] => [
  address('source address', ...kind),
  address('destination address', ...kind),
  port('source port'),
  port('destination port'),
];

const families: Record<string, readonly Field[]> = {
  TCP4: fieldsOf('an IPv4 address', 4, /^[\d.]{0,15}$/),
  TCP6: fieldsOf('an IPv6 address', 16, /^[\da-f:.]{0,45}$/i),
};
const unknown = 'UNKNOWN';
const familyNames = [...Object.keys(families), unknown];

/** Undefined: more is needed. Bytes begin with `lineStart`, or with what has come of it. */
export function decodeV1(bytes: Buffer): Found | undefined {
  const text = bytes.toString('latin1', 0, maxBytes);
  const end = endOf(text);
  const isEnded = end !== -1;
  const line = isEnded ? text.slice(0, end) : text;
  const [, family = '', ...values] = line.split(' ');
  checkFamily(family, isEnded || values.length > 0);
  const fields = families[family];
  if (fields !== undefined) checkFields(fields, values, isEnded);
  const length = line.length + crlf.length;
  if (length > maxBytes) throw invalid(`has no CRLF within ${maxBytes} bytes`);
  if (!isEnded || text.length < length) return undefined;
  if (!text.startsWith(crlf, end)) throw invalid('has a CR without LF');
  return fields === undefined ? { ...noEnds, length } : { ...endsOf(values), length };
}

/** Where the CR of CRLF is, or may be. Fields hold no CR; the text that may stand behind UNKNOWN holds any bytes. */
function endOf(text: string): number {
  return text.startsWith(`${lineStart}${unknown} `) ? text.search(/\r(?:\n|$)/) : text.indexOf('\r');
}

function checkFamily(family: string, isEnded: boolean): void {
  const isFamily = isEnded ? familyNames.includes(family) : familyNames.some((name) => name.startsWith(family));
  if (!isFamily) throw invalid(`names none of the families ${familyNames.join(', ')}`);
}

function checkFields(fields: readonly Field[], values: readonly string[], isEnded: boolean): void {
  for (const [at, value] of values.entries()) {
    const field = fields[at];
    if (field === undefined) throw invalid(`has more than ${fields.length} fields behind its family`);
    const isCut = !isEnded && at === values.length - 1;
    const isField = isCut ? field.begun.test(value) : field.accepts(value);
    if (!isField) throw invalid(`has a ${field.name} that is not ${field.expected}`);
  }
  if (isEnded && values.length < fields.length)
    throw invalid(`has fewer than ${fields.length} fields behind its family`);
}

function endsOf([source = '', destination = '', sourcePort, destinationPort]: readonly string[]) {
  return {
    source: { host: canonical(source), port: Number(sourcePort) },
    destination: { host: canonical(destination), port: Number(destinationPort) },
  };
}

function canonical(host: string): string {
  return formatIp(parseIp(host) as Uint8Array); // the field accepts no other
}
