/** What can be seen of a connection, and called through it: what the interface `Connection` says, and nothing else. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Connection, Handler } from '../../lib/index.js';
import { onStage } from '../properties/stage.js';

/** The connection of a handler that was sent `hello` and replied with it. */
function connectionAfterHello(): { connection: Connection; port: number } {
  const handler: Handler = (chunks$) => chunks$;
  return onStage({ handler }, (stage) => {
    stage.peer().send('hello');
    stage.clock.settle();
    const [opened] = stage.of('opened');
    stage.unsubscribe();
    return { connection: opened?.connection as Connection, port: stage.port };
  });
}

const { connection, port } = connectionAfterHello();

const documented = {
  id: 1,
  local: { host: '127.0.0.1', port },
  remote: { host: '127.0.0.1', port: port + 1 },
  hasEnded: true,
  bytesRead: 5,
  bytesHeld: 0,
  bytesDiscarded: 0,
  bytesWritten: 5,
  bytesUnsent: 0,
};

describe('a connection that a handler and an event get', () => {
  it('shows its documented fields in JSON', () => {
    expect(JSON.parse(JSON.stringify(connection))).toEqual(documented);
  });

  it('shows its documented fields where it is printed', () => {
    const options = { breakLength: Number.POSITIVE_INFINITY };
    expect(inspect(connection, options)).toBe(`Connection ${inspect(documented, options)}`);
    expect(inspect({ connection })).toContain('bytesRead: 5');
  });

  it('has no method but hold and release', () => {
    const names = new Set<string>();
    for (let object: object = connection; object !== Object.prototype; object = Object.getPrototypeOf(object)) {
      for (const name of Object.getOwnPropertyNames(object)) names.add(name);
    }
    const methods = [...names].filter((name) => typeof (connection as never)[name] === 'function');
    expect(methods.sort()).toEqual(['constructor', 'hold', 'release', 'toJSON']);
  });
});
