/** The replies of the echo handler, by name or by template. */
import { Buffer } from 'node:buffer'; // the global one is behind a getter
import type { Connection } from '../connection/connection.js';
import { formatAddress } from '../values/address.js';
import type { Bytes } from '../values/bytes.js';
import { ctimeBySecond } from './ctime.js';
import { pythonRepr } from './python-repr.js';

/** Makes the reply to a chunk. `time`: when the reply is due. `connection`: undefined where the handler has none. */
export type Reply = (chunk: Buffer, time: Date, connection?: Connection) => Bytes;

export const replyNames = ['text', 'python', 'raw'] as const;

/**
 * The replies that `echo` knows by name.
 *
 * - `text`: `Echo=>DATA at TIME`, DATA byte for byte
 * - `python`: `Echo=>b'DATA' at TIME`, DATA as CPython's `repr` prints it: the reply of the original, a Python program
 * - `raw`: DATA alone
 */
export type ReplyName = (typeof replyNames)[number];

/** The same, with the time as `scheduler.now()`. */
type TimedReply = (chunk: Buffer, time: number, connection?: Connection) => Bytes;

export const replyExpectation =
  "a function, one of 'text', 'python', 'raw', or a template with {data}, {remote} or {time} in it";

export function isReply(reply: unknown): reply is Reply | string {
  if (typeof reply !== 'string') return typeof reply === 'function';
  const others = reply.replaceAll(/\{(?:data|remote|time)\}/g, '');
  return replyNames.includes(reply as ReplyName) || (others !== reply && !/\{\w*\}/.test(others));
}

export function readReply(reply: Reply | string): TimedReply {
  if (typeof reply === 'function') return (chunk, time, connection) => reply(chunk, new Date(time), connection);
  if (reply === 'raw') return (chunk) => chunk;
  if (reply === 'text') return templateReply('Echo=>{data} at {time}');
  const ctime = ctimeBySecond();
  if (reply === 'python') return (chunk, time) => `Echo=>${pythonRepr(chunk)} at ${ctime(time)}`;
  return templateReply(reply);
}

/** What a template is for one second and one peer. */
interface Filled {
  readonly stamp: string;
  readonly remote: string;
  /** Undefined where the data stands. */
  readonly parts: readonly (Buffer | undefined)[];
}

/** Joins bytes, as the data need not be valid UTF-8. For one peer, or without `{remote}`, fills in once a second. */
function templateReply(template: string): TimedReply {
  const ctime = ctimeBySecond();
  const texts = template.split(/(\{data\})/);
  const showsRemote = template.includes('{remote}');
  let filled: Filled | undefined;
  return (chunk, time, connection) => {
    const stamp = ctime(time);
    const remote = showsRemote && connection !== undefined ? formatAddress(connection.remote) : 'unknown';
    if (stamp !== filled?.stamp || remote !== filled.remote) {
      const fill = (text: string) => Buffer.from(text.replaceAll('{time}', stamp).replaceAll('{remote}', remote));
      filled = { stamp, remote, parts: texts.map((text) => (text === '{data}' ? undefined : fill(text))) };
    }
    return Buffer.concat(filled.parts.map((part) => part ?? chunk));
  };
}
