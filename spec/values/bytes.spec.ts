/** What can be sent, as bytes: which memory it is in, and how much. */
import { describe, expect, it } from 'vitest';
import { bufferOf, byteLength, isBytes, ownMemory } from '../../lib/values/bytes.js';

const block = new Uint8Array(100).fill(7);

describe('bytes', () => {
  it('are strings and Uint8Arrays alone', () => {
    expect(['', 'a', block, Buffer.of(1)].map(isBytes)).toEqual([true, true, true, true]);
    expect([undefined, null, 7, [1], new Uint16Array(1), block.buffer].map(isBytes)).not.toContain(true);
  });

  it('become a Buffer over the same memory, and a string its UTF-8', () => {
    const buffer = Buffer.of(1);
    expect(bufferOf(buffer)).toBe(buffer);
    const view = bufferOf(block.subarray(10, 30));
    expect([view.buffer, view.byteOffset, view.length]).toEqual([block.buffer, 10, 20]);
    expect(bufferOf('ż')).toEqual(Buffer.of(0xc5, 0xbc));
  });

  it('are as long as what is sent of them; what is no bytes has no length', () => {
    expect(['ż🐍', block, '', undefined, [1, 2]].map(byteLength)).toEqual([6, 100, 0, 0, 0]);
  });

  it.each([
    [49, 'are copied out of it'],
    [50, 'stay there'],
  ])('that take %i of 100 bytes of memory %s', (length, what) => {
    const part = block.subarray(0, length);
    const own = ownMemory(part);
    expect(Buffer.from(own)).toEqual(Buffer.alloc(length, 7));
    if (what === 'stay there') expect(own).toBe(part);
    else expect(own.buffer.byteLength).toBe(length);
  });

  it('what holds none stays as it is', () => {
    for (const item of ['text', { length: 0 }, undefined]) expect(ownMemory(item)).toBe(item);
  });
});
