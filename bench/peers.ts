/** Who takes part: how each is started, what it needs, and the Debian package that would bring it. */
import { existsSync } from 'node:fs';

/** Each is given `PORT DELAY_MS text|raw MAX_CHUNK`, prints `listening on 127.0.0.1:PORT`, and ends on SIGTERM. */
export interface Peer {
  readonly name: string;
  /** The arguments before those four; `{bench}` is this folder, `{cache}` the one that compiled things go to. */
  readonly command: readonly string[];
  /** The arguments after them. */
  readonly options?: readonly string[];
  /** Makes what `command` runs. */
  readonly build?: readonly string[];
  /** All must exit with 0, or the peer is skipped. */
  readonly needs?: readonly (readonly string[])[];
  readonly debianPackage?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Above this many at once it is not tried: what a process a client would do to the machine is known. */
  readonly maxConnections?: number;
  /** Takes part in the quick run. */
  readonly quick?: boolean;
}

/** Debian's, as its packages are for that one, where there is one. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const aPython = [python, '-c', 'import sys; sys.exit(sys.version_info < (3, 8))'];

/** Every ratio is to this one. */
export const baselineName = 'net';
/** The baseline once more: what differs between the two is noise. */
export const controlName = 'net-again';
/** What `--compare` looks at. */
export const oursName = 'rxjs-tcp';

/** A program of the standard library's. */
function pythonPeer(name: string, file: string): Peer {
  return { name, command: [python, `{bench}/peers/${file}`], needs: [aPython], debianPackage: 'python3' };
}

const net: Peer = { name: baselineName, command: [process.execPath, '{cache}/js/peers/raw-net.js'], quick: true };

export const peers: readonly Peer[] = [
  net,
  { ...net, name: controlName },
  { name: oursName, command: [process.execPath, '{cache}/js/peers/rxjs-tcp.js'], quick: true },
  { name: 'obvious-rxjs', command: [process.execPath, '{cache}/js/peers/obvious-rxjs.js'], quick: true },
  {
    name: 'c-epoll',
    command: ['{cache}/epoll'],
    build: ['cc', '-O2', '-o', '{cache}/epoll', '{bench}/peers/epoll.c'],
    needs: [['cc', '--version']],
    debianPackage: 'gcc libc6-dev',
    quick: true,
  },
  {
    name: 'c-libuv',
    command: ['{cache}/libuv'],
    build: ['cc', '-O2', '-o', '{cache}/libuv', '{bench}/peers/libuv.c', '-luv'],
    needs: [['cc', '-fsyntax-only', '{bench}/peers/libuv.c']],
    debianPackage: 'gcc libuv1-dev',
  },
  {
    name: 'go',
    command: ['{cache}/go-server'],
    build: ['go', 'build', '-o', '{cache}/go-server', '{bench}/peers/go-server.go'],
    needs: [['go', 'version']],
    debianPackage: 'golang-go',
    env: { GOMAXPROCS: '1' },
  },
  {
    name: 'uvloop',
    command: [python, '{bench}/peers/asyncio-protocol.py'],
    options: ['uvloop'],
    needs: [[python, '-c', 'import uvloop']],
    debianPackage: 'python3-uvloop',
  },
  pythonPeer('asyncio', 'asyncio-protocol.py'),
  { ...pythonPeer('python-threads', 'threads.py'), quick: true },
  pythonPeer('python-class', 'threading-tcp-server.py'),
  { ...pythonPeer('python-fork', 'fork.py'), maxConnections: 1_000 },
];
