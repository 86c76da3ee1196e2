/** Choices, each made of random numbers. */
export class Dice {
  readonly #random: () => number;

  /** `random` returns numbers from 0 to 1, and not 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(...options: readonly [T, ...T[]]): T {
    return options[Math.floor(this.#random() * options.length)] as T;
  }

  /** Up to `most` of what `make` makes. */
  some<T>(most: number, make: () => T, least = 0): T[] {
    return Array.from({ length: this.between(least, most) }, make);
  }
}
