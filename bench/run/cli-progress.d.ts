/** The part of cli-progress that is used; its own types come as a package of their own. */
declare module 'cli-progress' {
  export class SingleBar {
    constructor(options: { stream: NodeJS.WritableStream; format: string; clearOnComplete: boolean }, preset: object);
    start(total: number, value: number, payload: object): void;
    update(value: number, payload: object): void;
    update(payload: object): void;
    stop(): void;
  }
  export const Presets: { readonly shades_classic: object };
}
