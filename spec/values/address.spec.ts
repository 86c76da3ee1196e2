/** How one end of a connection is written. */
import { describe, expect, it } from 'vitest';
import { type Address, formatAddress } from '../../lib/index.js';
import { addressOf } from '../../lib/values/address.js';

describe('an address', () => {
  it.each<[text: string, address: Address]>([
    ['127.0.0.1:50007', { host: '127.0.0.1', port: 50_007 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:7', { host: '::1', port: 7 }],
    ['/run/echo.sock', { path: '/run/echo.sock' }],
    ['@echo', { path: '\0echo' }],
    ['unix', { path: '' }],
  ])('is written as %s', (text, address) => {
    expect(formatAddress(address)).toBe(text);
  });

  it('is that of the path where there is one, an empty one too, and has port 0 where none is said', () => {
    expect(addressOf({ host: 'localhost', port: 7 })).toEqual({ host: 'localhost', port: 7 });
    expect(addressOf({ host: 'localhost' })).toEqual({ host: 'localhost', port: 0 });
    expect(addressOf({ host: 'localhost', path: '' })).toEqual({ path: '' });
  });
});
