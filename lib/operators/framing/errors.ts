/** The errors of framing. */
import { TcpError } from '../../values/errors.js';

/** @param what a line, a frame: what the limit is for */
export function tooLong(what: string, maxBytes: number): TcpError {
  return new TcpError('ERR_FRAME_TOO_LONG', `A ${what} is longer than maxBytes, ${maxBytes}`);
}

export function incomplete(what: string, bytes: number): TcpError {
  return new TcpError('ERR_FRAME_INCOMPLETE', `The stream ended within a ${what}, of which ${bytes} bytes had come`);
}

export function invalid(message: string): TcpError {
  return new TcpError('ERR_FRAME_INVALID', message);
}
