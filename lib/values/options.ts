/** Options are checked at the call: an unknown key or wrong type is a TypeError, a value out of range a RangeError. */
import { closestMatch } from 'leven';
import { isObservable } from 'rxjs';
import { printed } from './errors.js';

/** What one option accepts. */
export interface Rule {
  /** Completes the sentence "Expected `name` to be …". */
  readonly expected: string;
  /** A number that is not accepted is out of range, and no wrong type. */
  readonly isNumber?: boolean;
  readonly required?: boolean;
  accepts(value: unknown): boolean;
}

/** The longest delay of a Node timer: a longer one fires after 1 ms. */
export const maxTimerMs = 2 ** 31 - 1;

export function integer(min: number, max: number): Rule {
  return {
    expected: `an integer from ${min} to ${max}`,
    isNumber: true,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** An integer, or Infinity for no limit. */
export function limit(min: number, max = maxTimerMs): Rule {
  const finite = integer(min, max);
  return {
    ...finite,
    expected: `${finite.expected}, or Infinity`,
    accepts: (value) => value === Number.POSITIVE_INFINITY || finite.accepts(value),
  };
}

/** Linux takes the time before the first keep-alive probe in whole seconds, at most 32 767 (tcp(7), TCP_KEEPIDLE). */
export const keepAlive = limit(1_000, 32_767_000);

export function oneOf(...names: unknown[]): Rule {
  return { expected: `one of ${names.map(printed).join(', ')}`, accepts: (value) => names.includes(value) };
}

export const flag: Rule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };
export const text: Rule = {
  expected: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
};
export const object: Rule = { expected: 'an object', accepts: (value) => typeof value === 'object' && value !== null };
export const func: Rule = { expected: 'a function', accepts: (value) => typeof value === 'function' };
export const observable: Rule = { expected: 'an Observable', accepts: isObservable };

/** The options of which a config must have one, and no other. `rule` is of the first, which is missed where there is none. */
export function oneGiven<Config extends object, Name extends keyof Config & string>(
  config: Config,
  rule: Rule,
  ...names: [Name, ...Name[]]
): void {
  const [first, second] = names.filter((name) => config[name] !== undefined);
  if (first === undefined) check(names[0], undefined, rule);
  if (second !== undefined) throw new TypeError(`Expected \`${first}\` or \`${second}\`, got both`);
}

export function required(rule: Rule): Rule {
  return { ...rule, required: true };
}

/** An object that has these methods. */
export function having(expected: string, ...methods: string[]): Rule {
  const has = (value: unknown, method: string) => typeof (value as Record<string, unknown>)?.[method] === 'function';
  return { expected, accepts: (value) => methods.every((method) => has(value, method)) };
}

/** A config in which every option that has a default is set. */
export type Options<Config, Defaults> = Omit<Config, keyof Defaults> & {
  readonly [Key in keyof Config & keyof Defaults]-?: Exclude<Config[Key], undefined>;
};

/** Merges `config` over `defaults` and checks by its rule each value that is given. One that is undefined counts as absent. */
export function readOptions<Config extends object, Defaults extends Partial<Config>>(
  config: Config,
  rules: { readonly [Key in keyof Required<Config>]: Rule },
  defaults: Defaults,
): Options<Config, Defaults> {
  check('config', config, object);
  for (const key of Object.keys(config)) {
    if (!Object.hasOwn(rules, key))
      throw new TypeError(`Unknown option \`${key}\`${suggestion(key, Object.keys(rules))}`);
  }
  const options = { ...defaults } as Record<string, unknown>;
  for (const key in rules) {
    const value: unknown = config[key];
    const rule = rules[key];
    if (value === undefined && !(rule.required && options[key] === undefined)) continue;
    check(key, value, rule);
    options[key] = value;
  }
  return options as Options<Config, Defaults>;
}

/** How much of a key may differ from the option that is suggested for it: `delay` is near `delayMs`, `path` is not near `port`. */
const nearness = 0.5;

function suggestion(key: string, known: readonly string[]): string {
  const near = closestMatch(key, known, { maxDistance: Math.floor(key.length * nearness) });
  return near === undefined
    ? `: expected one of ${known.map((name) => `\`${name}\``).join(', ')}`
    : `: did you mean \`${near}\`?`;
}

export function check(name: string, value: unknown, rule: Rule): void {
  if (rule.accepts(value)) return;
  const message = `Expected \`${name}\` to be ${rule.expected}, got \`${printed(value)}\``; // '7' is no 7
  throw rule.isNumber && typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
