/** What a failure of the operating system becomes: a code, what failed, on what, and what to do. */
import { describe, expect, it } from 'vitest';
import { systemError } from '../../lib/transport/node/system-error.js';
import { errorCodes, TcpError } from '../../lib/values/errors.js';

function failure(code: string | undefined, message = 'as the system puts it'): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

describe('systemError', () => {
  it.each(['EBADF', 'ENOBUFS', 'EPROTO', '', undefined])(
    'an errno in no table (%s) is ERR_SYSTEM, with the message of the system and the cause',
    (code) => {
      const cause = failure(code);
      const error = systemError(cause, 'Lost the connection to 127.0.0.1:1');
      expect(error).toBeInstanceOf(TcpError);
      expect(error).toMatchObject({
        code: 'ERR_SYSTEM',
        message: 'Lost the connection to 127.0.0.1:1: as the system puts it',
      });
      expect(error.cause).toBe(cause);
    },
  );

  it.each([
    ['EADDRINUSE', 'ERR_ADDRESS_IN_USE'],
    ['EADDRNOTAVAIL', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['EAFNOSUPPORT', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['EINVAL', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['EACCES', 'ERR_PERMISSION_DENIED'],
    ['EPERM', 'ERR_PERMISSION_DENIED'],
    ['ENOTFOUND', 'ERR_HOST_NOT_FOUND'],
    ['EAI_AGAIN', 'ERR_HOST_NOT_FOUND'],
    ['ECONNREFUSED', 'ERR_CONNECTION_REFUSED'],
    ['ECONNRESET', 'ERR_CONNECTION_RESET'],
    ['ECONNABORTED', 'ERR_CONNECTION_RESET'],
    ['EPIPE', 'ERR_CONNECTION_RESET'],
    ['ETIMEDOUT', 'ERR_CONNECTION_TIMED_OUT'],
    ['EHOSTUNREACH', 'ERR_UNREACHABLE'],
    ['ENETUNREACH', 'ERR_UNREACHABLE'],
    ['EMFILE', 'ERR_TOO_MANY_FILES'],
    ['ENFILE', 'ERR_TOO_MANY_FILES'],
  ])('%s is %s, with advice instead of the message of the system', (errno, code) => {
    const { message, ...error } = systemError(failure(errno), 'Could not listen', ' (a hint)');
    expect(error.code).toBe(code);
    expect(Object.keys(errorCodes)).toContain(code);
    expect(message).toMatch(/^Could not listen: .{10,} \(a hint\)$/);
    expect(message).not.toContain('as the system puts it');
  });
});
