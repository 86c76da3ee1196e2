/** Descriptors that a process is handed: which they are, and those that are no listening socket. */
import { closeSync, openSync } from 'node:fs';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { listenFds, tcpServer } from '../../lib/index.js';
import { errorOf } from '../support/error-of.js';

const own = `${process.pid}`;

describe('listenFds', () => {
  it.each([
    ['no variable', {}],
    ['no LISTEN_PID', { LISTEN_FDS: '2' }],
    ['a LISTEN_PID of another process', { LISTEN_PID: `${process.ppid}`, LISTEN_FDS: '2' }],
    ['a LISTEN_PID that is no number', { LISTEN_PID: 'x', LISTEN_FDS: '2' }],
    ['no LISTEN_FDS', { LISTEN_PID: own }],
    ['a LISTEN_FDS that is no number', { LISTEN_PID: own, LISTEN_FDS: 'two' }],
    ['a LISTEN_FDS that is negative', { LISTEN_PID: own, LISTEN_FDS: '-1' }],
    ['a LISTEN_FDS that is no integer', { LISTEN_PID: own, LISTEN_FDS: '1.5' }],
    ['a LISTEN_FDS that is in hexadecimal', { LISTEN_PID: own, LISTEN_FDS: '0x2' }],
    ['a LISTEN_FDS of more than a process can have', { LISTEN_PID: own, LISTEN_FDS: '9007199254740991' }],
    ['a LISTEN_FDS of 0', { LISTEN_PID: own, LISTEN_FDS: '0' }],
  ])('with %s there are none', (_, env) => {
    expect(listenFds(env)).toEqual([]);
  });

  it('they begin at 3, and have the names of LISTEN_FDNAMES', () => {
    expect(listenFds({ LISTEN_PID: own, LISTEN_FDS: '3', LISTEN_FDNAMES: 'http:admin' })).toEqual([
      { fd: 3, name: 'http' },
      { fd: 4, name: 'admin' },
      { fd: 5, name: '' },
    ]);
    expect(listenFds({ LISTEN_PID: own, LISTEN_FDS: '1' })).toEqual([{ fd: 3, name: '' }]);
  });
});

describe('a descriptor', () => {
  const refused = (fd: number) => firstValueFrom(errorOf(tcpServer({ fd }, (chunks$) => chunks$)));
  const advice = 'it is no listening socket; check what hands it to this process';

  it('that is not open is refused with ERR_ADDRESS_NOT_AVAILABLE', async () => {
    const fd = openSync('.', 'r');
    closeSync(fd);
    const error = await refused(9_999);
    expect([error.code, error.message]).toEqual([
      'ERR_ADDRESS_NOT_AVAILABLE',
      `Could not listen on descriptor 9999: ${advice}`,
    ]);
  });

  it('of a file is refused with ERR_ADDRESS_NOT_AVAILABLE, and stays open', async () => {
    const fd = openSync('package.json', 'r');
    const error = await refused(fd);
    expect([error.code, error.message]).toEqual([
      'ERR_ADDRESS_NOT_AVAILABLE',
      `Could not listen on descriptor ${fd}: ${advice}`,
    ]);
    closeSync(fd); // throws where it is not open
  });
});
