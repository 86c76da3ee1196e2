/** What can be seen of a connection, and called through it: what the interface `Connection` says, and nothing else. */
import { inspect } from 'node:util';
import { NEVER } from 'rxjs';
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
  it('has ended once its peer has, and not where only the server takes no more', () => {
    onStage({ handler: () => NEVER }, (stage) => {
      const [peer, other] = [stage.peer(), stage.peer()];
      stage.clock.settle();
      const [first, second] = stage.of('opened').map((event) => event.connection);
      expect(first?.hasEnded).toBe(false);
      peer.socket.end();
      stage.clock.settle();
      expect(first?.hasEnded).toBe(true);
      stage.stop();
      stage.clock.settle();
      expect([first?.hasEnded, second?.hasEnded]).toEqual([true, false]);
      other.socket.reset();
      stage.clock.settle();
      expect(second?.hasEnded).toBe(true);
      stage.unsubscribe();
    });
  });

  it('has ended where the server cuts it off', () => {
    onStage({ handler: () => NEVER, server: { drainTimeoutMs: 1_000 } }, (stage) => {
      stage.peer();
      stage.clock.settle();
      stage.stop();
      stage.clock.advance(1_000);
      expect(stage.of('closed')).toMatchObject([{ reason: 'aborted', connection: { hasEnded: true } }]);
    });
  });

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
