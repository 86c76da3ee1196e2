/** Two network namespaces with a cable between them, for faults that loopback does not have. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const serverHost = '10.99.0.1';
const clientHost = '10.99.0.2';

/** Prints the pids of the two namespaces' keepers, and keeps them for as long as its input is open. */
const keeper = `
set -e
unshare -n sleep 1200 & other=$!
while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
ip link add name server type veth peer name client
ip link set client netns $other
ip address add ${serverHost}/24 dev server
ip link set lo up
ip link set server up
nsenter -t $other -n ip address add ${clientHost}/24 dev client
nsenter -t $other -n ip link set lo up
nsenter -t $other -n ip link set client up
echo $$ $other
read _ || true
kill $other
`;

export class Networks {
  /** Loopback, as it is. */
  static readonly none = new Networks('127.0.0.1', [], []);
  readonly serverHost: string;
  readonly inServer: readonly string[];
  readonly inClient: readonly string[];
  readonly #keeper: ChildProcess | undefined;

  static async create(): Promise<Networks> {
    const child = spawn('unshare', ['-Urn', 'bash', '-c', keeper], { stdio: ['pipe', 'pipe', 'inherit'] });
    const pids = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => '')]);
    if (pids === '') throw new Error('Could not make the namespaces');
    const [server, client] = String(pids)
      .trim()
      .split(' ')
      .map((pid) => ['nsenter', '-t', pid, '-U', '-n', '--preserve-credentials']);
    return new Networks(serverHost, server ?? [], client ?? [], child);
  }

  private constructor(host: string, inServer: string[], inClient: string[], child?: ChildProcess) {
    this.serverHost = host;
    this.inServer = inServer;
    this.inClient = inClient;
    this.#keeper = child;
  }

  server(command: string): void {
    run([...this.inServer, ...command.split(' ')]);
  }

  client(command: string): void {
    run([...this.inClient, ...command.split(' ')]);
  }

  close(): void {
    this.#keeper?.stdin?.end();
  }
}

function run([program = '', ...args]: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} failed: ${stderr}`);
}
