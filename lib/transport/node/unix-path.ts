/** The file of a Unix socket: a server that was killed leaves it behind, and nothing listens at it any more. */
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { ListenOptions } from '../transport.js';

/** What `sun_path` of unix(7) has room for, with the NUL at its end; BSD and macOS have four bytes less. */
const mostBytes = process.platform === 'linux' ? 107 : 103;

/** Abstract sockets of Linux have no file. */
export const isAbstract = (path: string): boolean => path.startsWith('\0');

/** Why the kernel has no such path; Node 20 and 22 would take a part of it for the whole. */
export function badPath(path: string | undefined): NodeJS.ErrnoException | undefined {
  if (path === undefined) return undefined;
  if (Buffer.byteLength(path) > mostBytes) return failure('ENAMETOOLONG', `more than ${mostBytes} bytes`);
  if (path === '\0' || path.includes('\0', 1)) return failure('EINVAL', 'a NUL in a path');
  return undefined;
}

/** Runs `bind` so that the file has its mode from the start: peers may connect before the next line runs. */
export function withMode({ path, pathMode }: ListenOptions, bind: () => void): void {
  if (path === undefined || pathMode === undefined || !isMainThread) {
    bind(); // the umask is of the process, and its other threads may not set it
    return;
  }
  const umask = process.umask(0o777 & ~pathMode);
  try {
    bind();
  } finally {
    process.umask(umask);
  }
}

/** @throws an error of the file system: EPERM */
export function setPermissions({ path, pathMode, pathOwner }: ListenOptions): void {
  if (path === undefined || isAbstract(path)) return;
  if (pathOwner !== undefined) chownSync(path, pathOwner.uid, pathOwner.gid);
  if (pathMode !== undefined) chmodSync(path, pathMode);
}

/** Removes the file if it is a socket at which nothing listens; then calls `done` with whether it did, or with why it could not. */
export function removeStale(path: string, done: (isRemoved: boolean, error?: NodeJS.ErrnoException) => void): void {
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
    let isRemoved = code === 'ENOENT';
    let problem: NodeJS.ErrnoException | undefined;
    try {
      if (code === 'ECONNREFUSED') isRemoved = removes(path, found);
    } catch (error) {
      problem = error as NodeJS.ErrnoException;
    }
    done(isRemoved, problem);
  });
}

/** Looks at the file once no other server can find it: one that starts at the same moment may have put its own in its place. */
function removes(path: string, found: string): boolean {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true; // another server has removed it
    throw error;
  }
  const isStale = socketFile(aside) === found;
  if (!isStale) linkSync(aside, path);
  unlinkSync(aside);
  return isStale;
}

/** What libuv makes of a missing folder is EACCES. */
export function truePathError(path: string, cause: NodeJS.ErrnoException): NodeJS.ErrnoException {
  if (cause.code !== 'EACCES' || isAbstract(path) || existsSync(dirname(path))) return cause;
  return failure('ENOENT', cause.message);
}

/** What to add to an error of a path. */
export function pathHint(path: string, code: string | undefined): string {
  if (isAbstract(path)) return '';
  return code === 'EADDRINUSE' && socketFile(path) === undefined
    ? ' (a file that is not a socket is there, and is left as it is)'
    : '';
}

/** Tells a socket file from one that takes its place, even where that gets its inode; undefined where there is no socket. */
function socketFile(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isSocket() ? `${stats.ino} ${stats.mtimeNs}` : undefined;
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
