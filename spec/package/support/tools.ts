/** What the packed package is tried with: npm packages under names of their own, which one installation holds side by side. */

const { platform, arch } = process;

/** The lowest version of Node that is supported, and the newest of each later line. */
export const nodes: Record<string, string> = { '20.19': '20.19.0', '22': '22', '24': '24', '26': '26' };

/** The lowest version of TypeScript that is supported, and each later one. */
export const typescripts: Record<string, string> = { '5.7': '~5.7', '5.8': '~5.8', '5.9': '~5.9', '6': '6', '7': '7' };

const named = (name: string, versions: Record<string, string>, of: string) =>
  Object.entries(versions).map(([version, range]) => `${name}-${version}@npm:${of}@${range}`);

/**
 * What `npm install` is given. Bun and Deno by the packages that hold the program: the others fetch it in a script. The last three
 * check what the Dockerfile and deploy/kubernetes.yaml say.
 */
export const tools: readonly string[] = [
  ...named('node', nodes, `node-${platform}-${arch}`),
  ...named('typescript', typescripts, 'typescript'),
  `bun@npm:@oven/bun-${platform}-${arch}@1`,
  `deno@npm:@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}@2`,
  '@arethetypeswrong/cli@0.18',
  'esbuild@0.28',
  'publint@0.3',
  'dockerfile-utils@0.16',
  'kubernetes-models@5',
  'yaml@2',
];
