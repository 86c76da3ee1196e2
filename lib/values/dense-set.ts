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

  /** The last member takes its place. */
  delete(member: T): void {
    const { place } = member;
    if (place === noPlace) return;
    const last = this.#members.at(-1) as T;
    this.#members[place] = last;
    last.place = place;
    member.place = noPlace;
    this.#members.pop();
  }

  /** Iterates over a snapshot, so the loop may add and delete. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }
}
