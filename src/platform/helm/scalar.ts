/** A value as Helm sees it. */
export type ScalarValue = string | number | boolean | null;

/** How it is written; `block`: with | or >. */
export type ScalarStyle = 'plain' | 'quoted' | 'block';

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'Y', ...cases('yes'), ...cases('true'), ...cases('on')].map((word) => [word, true] as const),
  ...['n', 'N', ...cases('no'), ...cases('false'), ...cases('off')].map((word) => [word, false] as const),
  ...['', '~', ...cases('null')].map((word) => [word, null] as const),
]);

const INFINITE = new Set(['.inf', '.Inf', '.INF', '.nan', '.NaN', '.NAN']);
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/i;
const INTEGER = /^([-+]?)(?:0x([\da-f]+)|0o?([0-7]+)|0b([01]+)|(0|[1-9]\d*))$/i;
const LARGEST = 2n ** 64n;

/**
 * Reads a scalar without quotes and without a tag by the rules of YAML 1.1, as Helm's library does: `on` is true, `012`
 * is 10, `1_000` is 1000. Dates and `12:30:45` stay texts.
 *
 * @returns undefined for infinity and NaN: Helm refuses a file with one.
 */
function plainValue(text: string): ScalarValue | undefined {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (INFINITE.has(text.replace(/^[-+](?=\.[iI])/, ''))) return undefined;
  if (!/^[-+.\d]/.test(text)) return text;
  // Behind a leading dot, underscores only count between digits.
  return numberIn(text.replaceAll(text.startsWith('.') ? /(?<=\d)_(?=\d)/g : '_', '')) ?? text;
}

function numberIn(text: string): number | undefined {
  const [, sign, hex, octal, binary, decimal] = INTEGER.exec(text) ?? [];
  const prefixed = hex ?? octal ?? binary;
  if (prefixed !== undefined) {
    const base = hex !== undefined ? '0x' : octal !== undefined ? '0o' : '0b';
    const value = BigInt(base + prefixed);
    if (value < (sign === '-' ? LARGEST / 2n + 1n : LARGEST)) return signed(Number(value), sign);
  }
  if (decimal !== undefined) return signed(Number(decimal), sign);
  const float = FLOAT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(float) ? float : undefined;
}

function signed(value: number, sign: string | undefined): number {
  return sign === '-' && value !== 0 ? -value : value;
}

/** The three spellings of a word that count: on, On, ON. */
function cases(word: string): readonly string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

const CORE = 'tag:yaml.org,2002:';

/** @returns the value of a scalar; undefined if Helm refuses it. */
export function taggedValue(
  tag: string | undefined,
  text: string,
  style: ScalarStyle,
): ScalarValue | undefined {
  if (tag === undefined) return style === 'plain' ? plainValue(text) : text;
  if (tag === '!' || !tag.startsWith(CORE)) return text;
  switch (tag.slice(CORE.length)) {
    case 'str':
    case 'timestamp':
      return text;
    case 'binary':
      return Buffer.from(text, 'base64').toString();
    case 'int':
      return ifType('number', (value) => Number.isInteger(value));
    case 'float':
      return ifType('number', () => true);
    case 'bool':
      return ifType('boolean', () => true);
    case 'null':
      return plainValue(text) === null ? null : undefined;
    default:
      return text;
  }

  function ifType(type: 'number' | 'boolean', fits: (value: unknown) => boolean): ScalarValue | undefined {
    const value = plainValue(text);
    return typeof value === type && fits(value) ? value : undefined;
  }
}
