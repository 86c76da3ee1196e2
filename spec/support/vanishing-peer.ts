/** A peer on loopback that vanishes: a socket filter drops all that comes for it, so its kernel acknowledges nothing more. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { pythonLacks } from './cpython.js';

/** Why no peer can vanish here. Node cannot attach a filter; Python can, and Linux needs no right for it (socket(7)). */
export function vanishingLacks(): string | undefined {
  return process.platform === 'linux' ? pythonLacks('nothing more') : 'only Linux has socket filters';
}

/** Connects, and keeps its socket until its input ends. The filter is one BPF instruction: return 0, accept no byte. */
const program = `
import ctypes, socket, struct, sys
peer = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
class Program(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('instructions', ctypes.c_void_p)]
instructions = ctypes.create_string_buffer(struct.pack('HBBI', 0x06, 0, 0, 0))
SO_ATTACH_FILTER = 26
peer.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(Program(1, ctypes.addressof(instructions))))
print(peer.getsockname()[1], flush=True)
sys.stdin.read()
`;

/** Connects to the port, vanishes, and returns its own port. */
export async function vanishingPeer(port: number): Promise<number> {
  const child = spawn('python3', ['-c', program, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = once(child, 'close').then(([status]) => {
    throw new Error(`python3 ended with ${status} before it was connected`);
  });
  const [printed] = await Promise.race([once(child.stdout, 'data'), ended]);
  return Number(printed);
}
