/** A set is one, whatever members come and go, and in whatever order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DenseSet, type Member, noPlace } from '../../lib/values/dense-set.js';

interface Named extends Member {
  readonly name: number;
}

const members = (count: number): Named[] => Array.from({ length: count }, (_, name) => ({ name, place: noPlace }));

describe('a dense set', () => {
  it('has the members that a Set has, and marks those that are in it', () => {
    const act = fc.tuple(fc.constantFrom('add', 'delete'), fc.nat(5));
    const property = fc.property(fc.array(act), (acts) => {
      const all = members(6);
      const [set, model] = [new DenseSet<Named>(), new Set<Named>()];
      for (const [what, name] of acts) {
        set[what as 'add' | 'delete'](all[name] as Named);
        model[what as 'add' | 'delete'](all[name] as Named);
        expect(new Set(set)).toEqual(model);
        expect([set.size, [...set].length]).toEqual([model.size, model.size]);
        expect(all.map(({ place }) => place !== noPlace)).toEqual(all.map((member) => model.has(member)));
      }
    });
    fc.assert(property);
  });

  it('is left and joined by its members while it is iterated over', () => {
    const set = new DenseSet<Named>();
    const [first, second, late] = members(3) as [Named, Named, Named];
    set.add(first);
    set.add(second);
    const seen: number[] = [];
    for (const member of set) {
      seen.push(member.name);
      set.delete(member);
      set.add(late);
    }
    expect(seen).toEqual([0, 1]);
    expect([...set]).toEqual([late]);
  });
});
