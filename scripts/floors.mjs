// Reads the layers of the source folders from the table in docs/architecture.md, as rules for the dependency check.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../docs/architecture.md', import.meta.url));

/** @returns one entry per row of the table: `{ floor, room, isPlanned }`. */
export function readFloors(text = readFileSync(SOURCE, 'utf8')) {
  const rows = text.matchAll(/^\| (\d+) \| (\*?)`([\w.-]+)`\*? \|/gm);
  return [...rows].map(([, floor, mark, room]) => ({ floor: Number(floor), room, isPlanned: mark === '*' }));
}

/**
 * Compares the table with the entries of src.
 *
 * @returns a sentence for each difference.
 */
export function floorFaults(rooms, entries) {
  const names = rooms.map(({ room }) => room);
  const faults = (list, sentence) => list.map((name) => `docs/architecture.md: ${sentence(name)}`);
  return [
    ...faults(rooms.length === 0 ? ['Floors'] : [], () => 'the table of floors could not be read.'),
    ...faults(
      names.filter((room, index) => names.indexOf(room) !== index),
      (room) => `\`${room}\` is on two floors.`,
    ),
    ...faults(
      entries.filter((entry) => !names.includes(entry)),
      (entry) => `src/${entry} is on no floor. Add a row for it.`,
    ),
    ...faults(
      rooms.filter(({ room, isPlanned }) => !isPlanned && !entries.includes(room)).map(({ room }) => room),
      (room) => `\`${room}\` is not in src. Remove the row, or mark the room as planned (italics).`,
    ),
    ...faults(
      rooms.filter(({ room, isPlanned }) => isPlanned && entries.includes(room)).map(({ room }) => room),
      (room) => `\`${room}\` exists now. Remove its italics.`,
    ),
  ];
}

/** @returns the folders and files of a source folder that must be in the table. */
export function sourceEntries(folder) {
  return readdirSync(folder).filter((name) => !name.endsWith('.d.ts'));
}

/**
 * A rule for each folder: it may import only from lower layers.
 *
 * @throws Error when the table and the source folder differ.
 */
export function floorRules(folder = 'src') {
  const rooms = readFloors();
  const faults = floorFaults(rooms, sourceEntries(folder));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return rooms.flatMap(({ room, floor }) => {
    const forbidden = rooms.filter((other) => other.floor >= floor && other.room !== room);
    if (forbidden.length === 0) return [];
    const name = `${room.replace('.ts', '')}-imports-upward`;
    const to = pattern(forbidden.map((other) => other.room));
    return [{ name, severity: 'error', from: { path: pattern([room]) }, to: { path: to } }];
  });
}

function pattern(rooms) {
  return `^src/(${rooms.map((room) => room.replace('.', '\\.')).join('|')})(/|$)`;
}
