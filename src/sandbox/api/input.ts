import { pydanticBoolean, pydanticInteger } from '../../system/pydantic.ts';
import { type Exchange, readJson } from '../http.ts';
import { type Invalid, invalid } from './answers.ts';
import { Refusal } from './refusal.ts';

type Loc = Invalid['loc'];

/** The value of an input, or what is wrong with it, in the words of the platform's web framework. */
type Read<T> = { readonly value: T } | { readonly faults: readonly Invalid[] };

export interface Reader<T> {
  read(input: unknown, loc: Loc): Read<T>;
  /** The value when the field is missing; without it, the field is required. */
  readonly absent?: () => T;
}

type ValueOf<R> = R extends Reader<infer T> ? T : never;
type Shape = Readonly<Record<string, Reader<unknown>>>;
type ValuesOf<S extends Shape> = { readonly [K in keyof S]: ValueOf<S[K]> };

const fault = (type: string, loc: Loc, msg: string, input: unknown, ctx?: Invalid['ctx']): Read<never> => ({
  faults: [{ type, loc, msg, input, ...(ctx === undefined ? {} : { ctx }) }],
});

/** @param limits numbers of characters. */
export function text(limits: { readonly least?: number; readonly most?: number } = {}): Reader<string> {
  return {
    read: (input, loc) => {
      if (typeof input !== 'string')
        return fault('string_type', loc, 'Input should be a valid string', input);
      const { least = 0, most = Number.POSITIVE_INFINITY } = limits;
      if (input.length < least)
        return fault('string_too_short', loc, `String should have at least ${least} characters`, input, {
          min_length: least,
        });
      if (input.length > most)
        return fault('string_too_long', loc, `String should have at most ${most} characters`, input, {
          max_length: most,
        });
      return { value: input };
    },
  };
}

export const boolean: Reader<boolean> = {
  read: (input, loc) => {
    const value = typeof input === 'number' && Number.isInteger(input) ? String(input) : input;
    if (typeof value === 'boolean') return { value };
    if (typeof value !== 'string') return fault('bool_type', loc, 'Input should be a valid boolean', input);
    const word = pydanticBoolean(value);
    const msg = 'Input should be a valid boolean, unable to interpret input';
    return word === undefined ? fault('bool_parsing', loc, msg, input) : { value: word };
  },
};

export function integer(limits: { readonly least?: number; readonly most?: number } = {}): Reader<number> {
  return {
    read: (input, loc) => {
      const value = typeof input === 'string' ? pydanticInteger(input) : Number(input);
      if (value === undefined) {
        const msg = 'Input should be a valid integer, unable to parse string as an integer';
        return fault('int_parsing', loc, msg, input);
      }
      if (!['string', 'number', 'boolean'].includes(typeof input))
        return fault('int_type', loc, 'Input should be a valid integer', input);
      if (!Number.isInteger(value)) {
        const msg = 'Input should be a valid integer, got a number with a fractional part';
        return fault('int_from_float', loc, msg, input);
      }
      const { least, most } = limits;
      if (least !== undefined && value < least) {
        const msg = `Input should be greater than or equal to ${least}`;
        return fault('greater_than_equal', loc, msg, input, { ge: least });
      }
      if (most !== undefined && value > most) {
        const msg = `Input should be less than or equal to ${most}`;
        return fault('less_than_equal', loc, msg, input, { le: most });
      }
      return { value };
    },
  };
}

export function oneOf<T extends string>(...words: readonly T[]): Reader<T> {
  const quoted = words.map((word) => `'${word}'`);
  const expected = [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].join(' or ');
  return {
    read: (input, loc) => {
      const value = words.find((word) => word === input);
      if (value !== undefined) return { value };
      return fault('literal_error', loc, `Input should be ${expected}`, input, { expected });
    },
  };
}

/** A date with or without a time; without a zone it is UTC. The value is ISO 8601. */
export const moment: Reader<string> = {
  read: (input, loc) => {
    const [, day, time, zone] =
      /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(String(input)) ??
      [];
    const date = Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`);
    if (!Number.isNaN(date)) return { value: new Date(date).toISOString() };
    const error = 'input is too short';
    const msg = `Input should be a valid datetime or date, ${error}`;
    return fault('datetime_from_date_parsing', loc, msg, input, { error });
  },
};

export function list<T>(
  element: Reader<T>,
  limits: { readonly least?: number; readonly most?: number } = {},
): Reader<readonly T[]> {
  return {
    read: (input, loc) => {
      if (!Array.isArray(input)) return fault('list_type', loc, 'Input should be a valid list', input);
      const { least = 0, most = Number.POSITIVE_INFINITY } = limits;
      const tooLong = input.length > most;
      if (tooLong || input.length < least) {
        const [type, bound, name] = tooLong
          ? (['too_long', most, 'max_length'] as const)
          : (['too_short', least, 'min_length'] as const);
        const msg = `List should have at ${tooLong ? 'most' : 'least'} ${bound} item${bound === 1 ? '' : 's'} after validation, not ${input.length}`;
        return fault(type, loc, msg, input, {
          field_type: 'List',
          [name]: bound,
          actual_length: input.length,
        });
      }
      const reads = input.map((entry, at) => element.read(entry, [...loc, at]));
      return combined(reads, (values) => values);
    },
  };
}

/** A field that may be null or missing. */
export function optional<T>(reader: Reader<T>): Reader<T | null | undefined> {
  return {
    read: (input, loc) => (input === null ? { value: null } : reader.read(input, loc)),
    absent: () => undefined,
  };
}

export function withDefault<T>(reader: Reader<T>, value: T): Reader<T> {
  return { read: reader.read, absent: () => value };
}

/** An object with these fields; other fields are ignored. */
export function fields<S extends Shape>(shape: S): Reader<ValuesOf<S>> {
  return {
    read: (input, loc) => {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) {
        const msg = 'Input should be a valid dictionary or object to extract fields from';
        return fault('model_attributes_type', loc, msg, input);
      }
      const names = Object.keys(shape);
      const reads = names.map((name) => field(shape[name], name, input, loc));
      return combined(reads, (values) => {
        const entries = names.map((name, at) => [name, values[at]]);
        return Object.fromEntries(entries) as ValuesOf<S>;
      });
    },
  };
}

function field(reader: Reader<unknown> | undefined, name: string, input: object, loc: Loc): Read<unknown> {
  const at = [...loc, name];
  if (reader === undefined) return { value: undefined };
  if (Object.hasOwn(input, name)) return reader.read((input as Record<string, unknown>)[name], at);
  if (reader.absent !== undefined) return { value: reader.absent() };
  // The framework shows the object that lacks the field, but nothing for a query.
  return fault('missing', at, 'Field required', loc[0] === 'query' ? null : input);
}

function combined<T, U>(reads: readonly Read<T>[], make: (values: readonly T[]) => U): Read<U> {
  const faults = reads.flatMap((read) => ('faults' in read ? read.faults : []));
  if (faults.length > 0) return { faults };
  return { value: make(reads.flatMap((read) => ('value' in read ? [read.value] : []))) };
}

/** @throws Refusal (422) */
export async function bodyIn<T>({ request }: Exchange, reader: Reader<T>): Promise<T> {
  const body = (await readJson(request)) ?? null;
  if (body === null)
    throw new Refusal(invalid({ type: 'missing', loc: ['body'], msg: 'Field required', input: null }));
  return accepted(reader.read(body, ['body']));
}

/**
 * @param lists the parameters that may be repeated.
 * @throws Refusal (422)
 */
export function queryIn<S extends Shape>(
  { url }: Pick<Exchange, 'url'>,
  shape: S,
  lists: readonly (keyof S & string)[] = [],
): ValuesOf<S> {
  const query: Record<string, unknown> = Object.fromEntries(url.searchParams);
  for (const name of lists) if (name in query) query[name] = url.searchParams.getAll(name);
  return accepted(fields(shape).read(query, ['query']));
}

/** @throws Refusal (422) */
export function accepted<T>(read: Read<T>): T {
  if ('faults' in read) throw new Refusal(invalid(...read.faults));
  return read.value;
}

/** A list as the platform writes it into the details of an error: `['a', 'b']`. */
export function quotedList(values: readonly string[]): string {
  return `[${[...values]
    .sort()
    .map((value) => `'${value}'`)
    .join(', ')}]`;
}
