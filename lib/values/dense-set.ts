/** A set for members that come and go thousands of times a second, in no order. */

export interface Member {
  /** Its index, kept by the set that it is in; `noPlace` while it is in none. */
  place: number;
}

export const noPlace = -1;

/** V8's `Set` leaves old tables behind that keep members alive until the old generation is collected. */
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
