/** The servers that are measured: how each is started, what it needs, and the Debian package that contains it. */
import { existsSync } from 'node:fs';
import type { Job } from './scenarios.js';

/** Each is given `PORT DELAY_MS MAX_CHUNK JOB UPSTREAM_PORT`, prints `listening on 127.0.0.1:PORT`, and ends on SIGTERM. */
export interface Peer {
  readonly name: string;
  /** What it can do. Default `echo` alone. */
  readonly jobs?: readonly Job[];
  /** Those arguments follow; `{bench}` is this folder, `{cache}` the one for compiled files. */
  readonly command: readonly string[];
  /** Is not kept on the one core that servers have. */
  readonly onAllCores?: boolean;
  /** Makes what `command` runs. */
  readonly build?: readonly string[];
  /** All must exit with 0, or the peer is skipped. */
  readonly needs?: readonly (readonly string[])[];
  readonly debianPackage?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** It is not tried with more: so many processes, one for each client, would only stop the machine. */
  readonly maxConnections?: number;
  /** Takes part in the quick run. */
  readonly quick?: boolean;
}

/** Every ratio is to this one. */
export const baselineName = 'net';
/** The baseline once more: what differs between the two is noise. */
export const controlName = 'net-again';
/** The one that `--compare` is about. */
export const oursName = 'rxjs-tcp';

/** Debian's where it is installed, because Debian's packages of Python modules are for that one. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** Whether it takes part in scenarios of that job. */
export function does({ jobs = ['echo'] }: Peer, job: Job): boolean {
  return jobs.includes(job);
}

const allJobs: readonly Job[] = ['echo', 'framed', 'whole', 'proxy'];

function nodePeer(name: string, file: string): Peer {
  return { name, command: [process.execPath, `{cache}/js/peers/${file}.js`], quick: true };
}

/** With the standard library alone. */
function pythonPeer(name: string, file: string): Peer {
  const needs = [[python, '-c', 'import sys; sys.exit(sys.version_info < (3, 8))']];
  return { name, command: [python, `{bench}/peers/${file}`], needs, debianPackage: 'python3' };
}

export const peers: readonly Peer[] = [
  { ...nodePeer(baselineName, 'raw-net'), jobs: allJobs },
  { ...nodePeer(controlName, 'raw-net'), jobs: allJobs },
  { ...nodePeer(oursName, 'rxjs-tcp'), jobs: allJobs },
  nodePeer('obvious-rxjs', 'obvious-rxjs'),
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
    jobs: ['echo', 'framed', 'proxy'],
    command: ['{cache}/go-server'],
    build: ['go', 'build', '-o', '{cache}/go-server', '{bench}/peers/go-server.go'],
    needs: [['go', 'version']],
    debianPackage: 'golang-go',
    env: { GOMAXPROCS: '1' },
  },
  {
    ...pythonPeer('uvloop', 'asyncio-protocol.py'),
    jobs: ['echo', 'framed'],
    env: { EVENT_LOOP: 'uvloop' },
    needs: [[python, '-c', 'import uvloop']],
    debianPackage: 'python3-uvloop',
  },
  { ...pythonPeer('asyncio', 'asyncio-protocol.py'), jobs: ['echo', 'framed'] },
  { ...pythonPeer('python-threads', 'threads.py'), quick: true },
  pythonPeer('python-class', 'threading-tcp-server.py'),
  { ...pythonPeer('python-fork', 'fork.py'), maxConnections: 1_000 },
  { ...nodePeer('net-uncorked', 'raw-net'), jobs: ['framed'], env: { CORK: 'no' }, quick: false },
  {
    ...pythonPeer('haproxy', 'haproxy.py'),
    jobs: ['proxy'],
    needs: [
      [python, '--version'],
      ['haproxy', '-v'],
    ],
    debianPackage: 'haproxy',
  },
];
