export interface Floor {
  readonly floor: number;
  readonly room: string;
  readonly isPlanned: boolean;
}
export function readFloors(text?: string): readonly Floor[];
export function floorFaults(rooms: readonly Floor[], entries: readonly string[]): readonly string[];
export function sourceEntries(folder: string): readonly string[];
