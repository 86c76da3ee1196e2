/** What a failure becomes: a code, what failed, on what, and what to do. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemError } from '../../lib/transport/node/system-error.js';
import { describeCause, errorCodes, TcpError } from '../../lib/values/errors.js';

function failure(code: string | undefined, message = 'as the system puts it'): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

describe('systemError', () => {
  it.each(['EBADF', 'ENOBUFS', 'EPROTO', 'NO_ERR_TLS_CODE', '', undefined])(
    'an errno in no table (%s) is ERR_SYSTEM, with the message of the system and the cause',
    (code) => {
      const cause = failure(code);
      const error = systemError(cause, 'Lost the connection to 127.0.0.1:1');
      expect(error).toBeInstanceOf(TcpError);
      expect(error).toMatchObject({
        name: 'TcpError',
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
    ['ERR_ACCESS_DENIED', 'ERR_PERMISSION_DENIED'],
  ])('%s is %s, with advice instead of the message of the system', (errno, code) => {
    const { message, ...error } = systemError(failure(errno), 'Could not listen', ' (a hint)');
    expect(error.code).toBe(code);
    expect(Object.keys(errorCodes)).toContain(code);
    expect(message).toMatch(/^Could not listen: .{10,} \(a hint\)$/);
    expect(message).not.toContain('as the system puts it');
  });

  /** The word that tells the advice from the one about a host and a port. */
  const named = { path: /path|folder|file|socket|accept queue/, descriptor: /process/ };
  it.each([
    ['path', 'EADDRINUSE', 'ERR_ADDRESS_IN_USE'],
    ['path', 'EINVAL', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['path', 'ENAMETOOLONG', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['path', 'ENOENT', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['path', 'ENOTDIR', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['path', 'EACCES', 'ERR_PERMISSION_DENIED'],
    ['path', 'EPERM', 'ERR_PERMISSION_DENIED'],
    ['path', 'EROFS', 'ERR_PERMISSION_DENIED'],
    ['connectPath', 'ENOENT', 'ERR_CONNECTION_REFUSED'],
    ['connectPath', 'ENOTDIR', 'ERR_CONNECTION_REFUSED'],
    ['connectPath', 'ECONNREFUSED', 'ERR_CONNECTION_REFUSED'],
    ['connectPath', 'EAGAIN', 'ERR_CONNECTION_REFUSED'],
    ['connectPath', 'EPROTOTYPE', 'ERR_CONNECTION_REFUSED'],
    ['connectPath', 'EACCES', 'ERR_PERMISSION_DENIED'],
    ['descriptor', 'EEXIST', 'ERR_ADDRESS_IN_USE'],
    ['descriptor', 'EINVAL', 'ERR_ADDRESS_NOT_AVAILABLE'],
    ['descriptor', 'ENOTSOCK', 'ERR_ADDRESS_NOT_AVAILABLE'],
  ] as const)('of a %s, %s is %s, with advice about that', (place, errno, code) => {
    const { message, ...error } = systemError(failure(errno), 'Could not', '', place);
    expect(error.code).toBe(code);
    expect(message).toMatch(place === 'descriptor' ? named.descriptor : named.path);
    expect(message).not.toContain('as the system puts it');
  });

  it.each(['path', 'connectPath', 'descriptor'] as const)('of a %s, ECONNRESET is what it is elsewhere', (place) => {
    expect(systemError(failure('ECONNRESET'), 'Lost', '', place)).toEqual(systemError(failure('ECONNRESET'), 'Lost'));
  });

  it.each(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    '%s is ERR_TLS_FAILED, with the reason of OpenSSL where it has one',
    (code) => {
      const plain = failure(code, 'as Node puts it');
      const reasoned = Object.assign(failure(code), { reason: 'wrong version number' });
      expect(systemError(plain, 'Lost')).toMatchObject({ code: 'ERR_TLS_FAILED', message: 'Lost: as Node puts it' });
      expect(systemError(reasoned, 'Lost')).toMatchObject({
        code: 'ERR_TLS_FAILED',
        message: 'Lost: wrong version number',
      });
    },
  );
});

describe('what was thrown', () => {
  const unprintable = {
    [inspect.custom]: () => {
      throw new Error('not to be printed');
    },
  };

  it.each<[printed: string, cause: unknown]>([
    ['the message', new TypeError('the message')],
    ['', new Error('')],
    ["'text'", 'text'],
    ["'a\\nb'", 'a\nb'],
    ['undefined', undefined],
    ['{ code: 7, inner: [Object] }', { code: 7, inner: { deep: true } }],
    ['[ 1, 2, 3, 4, 5, 6, 7 ]', [1, 2, 3, 4, 5, 6, 7]],
    ['a value that cannot be printed', unprintable],
  ])('is printed in one line: %s', (printed, cause) => {
    expect(describeCause(cause)).toBe(printed);
  });
});
