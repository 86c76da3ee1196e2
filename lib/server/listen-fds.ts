/** Sockets that systemd hands to a process (sd_listen_fds(3)). */

/** A listening socket that the process inherited. */
export interface ListenFd {
  /** Its descriptor, for the option `fd` of a server. */
  readonly fd: number;
  /** What the socket unit calls it (`FileDescriptorName=`); '' where it has no name. */
  readonly name: string;
}

/** The first descriptor behind standard input, output and error. */
const firstFd = 3;

/** A process has fewer than ten million descriptors. */
const isCount = /^\d{1,7}$/;

/**
 * Finds the sockets that systemd, or `systemd-socket-activate`, has handed to this process, by LISTEN_FDS and LISTEN_FDNAMES in the
 * environment. None where LISTEN_PID names another process: the variables were meant for its parent.
 * @example for (const { fd } of listenFds()) tcpServer({ fd }, echo()).subscribe();
 */
export function listenFds(env: NodeJS.ProcessEnv = process.env): readonly ListenFd[] {
  if (Number(env.LISTEN_PID) !== process.pid) return [];
  const names = env.LISTEN_FDNAMES?.split(':') ?? [];
  const count = isCount.test(env.LISTEN_FDS ?? '') ? Number(env.LISTEN_FDS) : 0;
  return Array.from({ length: count }, (_, index) => ({ fd: firstFd + index, name: names[index] ?? '' }));
}
