/** Node's permission model (`--permission`), as far as it is about the network. */

/**
 * What `listen` and `connect` would throw, where nothing can catch it, if Node was started without `--allow-net`. A Node that
 * has no such flag knows no permission by this name, and does not restrict the network.
 */
export function networkDenied(): NodeJS.ErrnoException | undefined {
  const isDenied = process.permission?.has('net') === false && process.allowedNodeEnvironmentFlags.has('--allow-net');
  return isDenied ? Object.assign(new Error('no --allow-net'), { code: 'ERR_ACCESS_DENIED' }) : undefined;
}
