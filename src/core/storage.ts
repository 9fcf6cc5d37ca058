/** Element types that points can be stored in: floating-point numbers, or integers on a grid of the set's own. */
export const storages = ['float32', 'float64', 'uint16', 'uint8'] as const
export type Storage = (typeof storages)[number]
export type FloatStorage = Extract<Storage, 'float32' | 'float64'>
export type GridStorage = Exclude<Storage, FloatStorage>

export function isGridStorage(storage: Storage): storage is GridStorage {
  return storage === 'uint16' || storage === 'uint8'
}

/** What stands beside points on a grid (labels, references, tables), and beside others what they are in. */
export function floatStorage(storage: Storage): FloatStorage {
  return storage === 'float32' ? 'float32' : 'float64'
}
