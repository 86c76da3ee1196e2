/** Things that come and go by the thousand a second, in no order. */

export interface Member {
  /** Where in its bag it is, which the bag keeps; `noPlace` before and after. */
  place: number;
}

export const noPlace = -1;

/**
 * A Set would do, but V8's outgrow their tables, and each old table holds what was in it, and the next table, until the old
 * generation is collected: of the connections that a server opened and closed, most of the garbage was copied from
 * generation to generation (docs/performance.md).
 */
export class DenseSet<T extends Member> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    if (member.place !== noPlace) return;
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Returns whether it was in it. */
  delete(member: T): boolean {
    const { place } = member;
    if (place === noPlace) return false;
    const last = this.#members.pop() as T;
    if (last !== member) {
      last.place = place;
      this.#members[place] = last;
    }
    member.place = noPlace;
    return true;
  }

  /** Those that are in it now, whoever comes and goes meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }
}
