/** A binary heap: first is what is due first, and of what is due at the same time, what has the lowest order. */

export interface HeapMember {
  /** Its index, kept by the heap that it is in; negative outside. */
  heapIndex: number;
  dueAt: number;
  order: number;
}

export const outside = -1;

export class Heap<T extends HeapMember> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }
  get first(): T | undefined {
    return this.#members[0];
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }

  /** Adds a member, or moves one of which the due time or the order has changed. */
  place(member: T): void {
    if (member.heapIndex < 0) member.heapIndex = this.#members.push(member) - 1;
    this.#sift(member);
  }

  delete(member: T): void {
    if (member.heapIndex < 0) return;
    const last = this.#members.pop() as T;
    if (last !== member) {
      last.heapIndex = member.heapIndex;
      this.#sift(last);
    }
    member.heapIndex = outside;
  }

  /** Moves a member from its index up past those that come later, or down past those that come sooner. */
  #sift(member: T): void {
    const members = this.#members;
    let index = member.heapIndex;
    while (index > 0) {
      const above = members[(index - 1) >> 1] as T;
      if (!isBefore(member, above)) break;
      index = this.#put(above, index);
    }
    for (let child = 2 * index + 1; child < members.length; child = 2 * index + 1) {
      const left = members[child] as T;
      const right = members[child + 1];
      const below = right && isBefore(right, left) ? right : left;
      if (!isBefore(below, member)) break;
      index = this.#put(below, index);
    }
    this.#put(member, index);
  }

  /** Returns the index that is free now. */
  #put(member: T, index: number): number {
    const { heapIndex } = member;
    this.#members[index] = member;
    member.heapIndex = index;
    return heapIndex;
  }
}

function isBefore(a: HeapMember, b: HeapMember): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
