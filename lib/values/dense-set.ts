/** A set for members that come and go thousands of times a second, in no order. */

export interface Member {
  /** Its index, kept by the set that it is in; `noPlace` while it is in none. */
  place: number;
}

export const noPlace = -1;

/**
 * Replaces `Set`: V8's moves to a new table as members come and go, and each old table keeps its members and the next
 * table alive until the old generation is collected. Most closed connections were copied there (docs/performance-journal.md).
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

  /** Returns whether it was a member. */
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

  /** Iterates over a snapshot, so the loop may add and delete. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }
}
