/** The file of a Unix socket: a server that was killed leaves it behind, and nothing listens at it any more. */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import type { ListenOptions } from '../transport.js';

/** Abstract sockets of Linux have no file. */
export const isAbstract = (path: string): boolean => path.startsWith('\0');

/** Removes the file if it is a socket at which nothing listens; then calls `done` with whether it did. */
export function removeStale(path: string, done: (isRemoved: boolean) => void): void {
  const found = socketFile(path);
  if (found === undefined) {
    done(false);
    return;
  }
  const probe = net.connect(path);
  probe.on('connect', () => {
    probe.destroy();
    done(false);
  });
  probe.on('error', ({ code }: NodeJS.ErrnoException) => {
    // Another server may have replaced the file since.
    const isStale = code === 'ECONNREFUSED' && socketFile(path) === found;
    if (isStale) unlinkSync(path);
    done(isStale);
  });
}

/** Why a path is in use although no server listens at it. */
export function pathHolder(path: string): string {
  return isAbstract(path) || socketFile(path) !== undefined
    ? ''
    : ' (a file that is not a socket is there, and is left as it is)';
}

/** @throws an error of the file system: EPERM */
export function setPermissions({ path, pathMode, pathOwner }: ListenOptions): void {
  if (path === undefined || isAbstract(path)) return;
  if (pathOwner !== undefined) chownSync(path, pathOwner.uid, pathOwner.gid);
  if (pathMode !== undefined) chmodSync(path, pathMode);
}

/** Its inode; undefined where there is no socket. */
function socketFile(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isSocket() ? stats.ino : undefined;
}
